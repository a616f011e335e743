import type { Following, TopicFollower, TopicRecord } from '@offerlock/event-log';
import type { ActionMapsFile, ChatCounts } from '@offerlock/lifecycle';
import type { Decoder, UnreadableValue, WebActionMetric } from '@offerlock/schemas';
import type { Health } from '@offerlock/server';
import type { ChatWindow } from '../ports.ts';

export interface ChatWindowParts {
  readonly follower: TopicFollower;
  readonly decoder: Decoder<WebActionMetric | UnreadableValue>;
  /** A tenant's action maps; null where there are none. */
  readonly publishedBy: (tenantId: string) => { readonly document: ActionMapsFile } | null;
  /** ms since 1970. */
  readonly now: () => number;
  /** How far back the window reaches, ms. Default 15 minutes. */
  readonly windowMs?: number;
  /** Chats that are kept per tenant at most; the oldest go first. Default 100,000. */
  readonly chatsMax?: number;
}

/** The chats of the last minutes, from the metric topic. */
export interface FollowedChatWindow extends ChatWindow {
  /** Follows the topic until `stop`. Rejects with a `halt` error of the log. */
  run(): Promise<void>;
  stop(): Promise<void>;
}

const windowMsDefault = 15 * 60_000;
const chatsMaxDefault = 100_000;

/** So long an answer is given again: thousands of decisions a second ask the same. ms. */
const recountMs = 250;

/** A chat that an agent took, or that the visitor gave up. */
interface Chat {
  readonly metricId: string;
  readonly at: number;
  readonly actionMapId: string;
  readonly actionMapVersion: number;
  readonly engaged: boolean;
  /** From its start on, ms; null where the start is not known. */
  readonly waitedMs: number | null;
}

/**
 * Counts chats by the time they happened. Which target took them, and what was too long there, is looked up when it is
 * asked for: so a change of the action maps counts at once, and it does not matter what is read first, maps or chats.
 */
export function createChatWindow(parts: ChatWindowParts): FollowedChatWindow {
  const { follower, decoder, publishedBy, now } = parts;
  const { windowMs = windowMsDefault, chatsMax = chatsMaxDefault } = parts;
  const tenants = new Map<string, Map<string, Chat>>();
  const counted = new Map<string, { readonly at: number; readonly counts: ChatCounts }>();
  let caughtUp = false;
  let following: Following | null = null;
  let stopping = false;

  const keep = (metric: WebActionMetric): void => {
    if (metric.metric !== 'engaged' && metric.metric !== 'abandoned') return;
    const chats = tenants.get(metric.tenantId) ?? new Map<string, Chat>();
    tenants.set(metric.tenantId, chats);
    chats.set(metric.metricId, chatOf(metric));
    if (chats.size > chatsMax) {
      const [oldest] = chats.keys();
      if (oldest !== undefined) chats.delete(oldest);
    }
  };

  const take = async (records: readonly TopicRecord[]): Promise<void> => {
    for (const { value } of records) {
      const decoded = await decoder.decode(value);
      if ('metricId' in decoded) keep(decoded);
    }
  };

  const count = (tenantId: string, actionTargetId: string, at: number): ChatCounts => {
    const counts = { engaged: 0, overServiceLevel: 0, abandoned: 0 };
    const chats = tenants.get(tenantId);
    const document = publishedBy(tenantId)?.document;
    const target = document?.actionTargets.find(({ id }) => id === actionTargetId);
    if (chats === undefined || document === undefined || target === undefined) return counts;
    const versions = new Set(
      document.actionMaps
        .filter(({ action }) => action.actionTargetId === actionTargetId)
        .map(({ id, version }) => `${id} ${version}`),
    );
    for (const chat of chats.values()) {
      if (chat.at <= at - windowMs) chats.delete(chat.metricId);
      else if (versions.has(`${chat.actionMapId} ${chat.actionMapVersion}`)) add(counts, chat, target);
    }
    return counts;
  };

  const noteCaughtUp = async (followed: Following): Promise<void> => {
    try {
      await followed.caughtUp;
      caughtUp = true;
    } catch {
      // `done` tells the same.
    }
  };

  return {
    countsOf(tenantId, actionTargetId) {
      if (!caughtUp) return null;
      const at = now();
      const name = `${tenantId}/${actionTargetId}`;
      const known = counted.get(name);
      if (known !== undefined && at - known.at < recountMs) return known.counts;
      const counts = count(tenantId, actionTargetId, at);
      counted.set(name, { at, counts });
      return counts;
    },
    health: (): Health =>
      caughtUp
        ? { healthy: true, detail: 'the chats of the window are known' }
        : { healthy: false, detail: 'the chats of the window are still being read' },
    async run() {
      if (stopping) return;
      following = await follower.follow('metrics', { timestampMs: now() - windowMs }, take);
      void noteCaughtUp(following);
      await following.done;
    },
    async stop() {
      stopping = true;
      await following?.stop();
    },
  };
}

function chatOf(metric: WebActionMetric): Chat {
  const { metricId, actionMapId, actionMapVersion } = metric;
  const waitedMs = metric.previousState === 'started' ? metric.millisInPreviousState : null;
  const engaged = metric.metric === 'engaged';
  return { metricId, at: metric.occurredAt, actionMapId, actionMapVersion, engaged, waitedMs };
}

function add(
  counts: { engaged: number; overServiceLevel: number; abandoned: number },
  { engaged, waitedMs }: Chat,
  target: { readonly serviceLevelMs: number; readonly shortAbandonMs: number },
): void {
  if (engaged) {
    counts.engaged += 1;
    if (waitedMs !== null && waitedMs > target.serviceLevelMs) counts.overServiceLevel += 1;
  } else if (waitedMs === null || waitedMs >= target.shortAbandonMs) counts.abandoned += 1;
}
