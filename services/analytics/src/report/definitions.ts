/** What a number of a report means. A definition that changes gets a new version, and its change is told here. */
export interface MetricDefinition {
  /** The column. */
  readonly name: string;
  readonly title: string;
  readonly version: number;
  /** Whether it belongs to the standard report, or comes from extended metrics. */
  readonly extended: boolean;
  readonly counts: string;
  readonly doesNotCount: string;
}

const define = (
  name: string,
  title: string,
  counts: string,
  doesNotCount: string,
  extended = false,
): MetricDefinition => ({ name, title, version: 1, extended, counts, doesNotCount });

const onlyExtended = 'Nothing is counted unless the projector runs with extended metrics.';
const shareOf = (part: string, whole: string) =>
  [`${part} divided by ${whole}.`, `There is no value where ${whole} is 0.`] as const;
const timeTo = (step: string) =>
  [
    `Half (p50) or 95 of 100 (p95) of the counted actions took at most this long from offered to ${step}, in milliseconds, by nearest rank.`,
    'Actions whose offered was not known when the step was folded.',
  ] as const;

export const metricDefinitions: readonly MetricDefinition[] = [
  define(
    'qualified',
    'Qualified',
    'Actions whose map matched what the visitor did. Each action counts once.',
    'Whether the invitation was shown. Where no qualified events are sent, it is 0.',
  ),
  define(
    'blocked',
    'Blocked',
    'Every attempt at an offer that was held back: 30 attempts in one session are 30.',
    'It is not the rest of Qualified: a block can pass, and the same action be offered later, or be blocked many times. So Offered + Blocked differs from Qualified.',
  ),
  define(
    'offered',
    'Offered',
    'Invitations that were shown, once per action; once more when the invitation is shown again after an error.',
    'Repeats of the same event, and offers that the lifecycle refused.',
  ),
  define('accepted', 'Accepted', 'Invitations answered with yes.', 'Whether a chat came of it.'),
  define(
    'rejected',
    'Rejected',
    'Invitations declined or closed, and forms closed after they were accepted.',
    'So Accepted + Rejected may exceed Offered. Ignored and timed out invitations are other numbers.',
  ),
  define('started', 'Started', 'Chats that were requested.', 'Whether an agent came.'),
  define('engaged', 'Engaged', 'Chats that an agent joined.', 'How the chat went on.'),
  define(
    'abandoned',
    'Abandoned',
    'Chats that the visitor left before an agent joined.',
    'Forms that were closed: they are Rejected.',
  ),
  define(
    'errored',
    'Errored',
    'Invitations that failed with an error.',
    `The standard report leaves them out. ${onlyExtended}`,
    true,
  ),
  define(
    'timedout',
    'Timed out',
    'Invitations withdrawn because their time was over.',
    `The standard report leaves them out. ${onlyExtended}`,
    true,
  ),
  define(
    'ignored',
    'Ignored',
    'Invitations that the visitor moved away from.',
    `The standard report leaves them out. ${onlyExtended}`,
    true,
  ),
  define('offeredShare', 'Offered %', ...shareOf('Offered', 'Qualified')),
  define('acceptedShare', 'Accepted %', ...shareOf('Accepted', 'Offered')),
  define('engagedShare', 'Engaged %', ...shareOf('Engaged', 'Accepted')),
  define(
    'customers',
    'Customers',
    'Distinct customer ids with at least one counted step in the row. One person may have several ids.',
    'Customers who were only blocked. Rows cannot be added up: who comes in two hours is in both.',
  ),
  define(
    'sessions',
    'Sessions',
    'Distinct sessions with at least one counted step in the row.',
    'Sessions that were only blocked; the blocked report has them. Rows cannot be added up.',
  ),
  define(
    'late',
    'Late',
    'Counted steps that were processed more than an hour after they happened. They are part of the other numbers, which they changed afterwards.',
    'Steps that were early, or less than an hour late.',
  ),
  define('timeToAccept', 'Time to accept', ...timeTo('accepted')),
  define('timeToStart', 'Time to start', ...timeTo('started')),
  define('timeToEngage', 'Time to engage', ...timeTo('engaged')),
];
