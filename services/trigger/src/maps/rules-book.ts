import type { Following, TopicFollower, TopicRecord } from '@offerlock/event-log';
import {
  checkActionMaps,
  offerRulesOf,
  type ActionMapsFile,
  type OfferRulesOptions,
} from '@offerlock/lifecycle';
import type { ActionMaps, Decoder, UnreadableValue } from '@offerlock/schemas';
import type { Health } from '@offerlock/server';
import type { Logger } from 'pino';
import type { RulesBook } from '../ports.ts';

export interface RulesBookParts {
  readonly follower: TopicFollower;
  readonly decoder: Decoder<ActionMaps | UnreadableValue>;
  /** The lifecycles must have the re-offer scopes that the fold has. */
  readonly rules: OfferRulesOptions;
  readonly logger: Logger;
}

/** A tenant's action maps, as the topic has them. */
export interface PublishedMaps {
  readonly revision: number;
  readonly changedAt: number;
  readonly changedBy: string;
  readonly document: ActionMapsFile;
}

/** Every tenant's action maps, kept up with the topic. */
export interface FollowedRulesBook extends RulesBook {
  publishedBy(tenantId: string): PublishedMaps | null;
  /** Follows the topic until `stop`. Rejects with a `halt` error of the log. */
  run(): Promise<void>;
  stop(): Promise<void>;
}

interface Page {
  readonly published: PublishedMaps;
  readonly rules: NonNullable<ReturnType<RulesBook['rulesOf']>>;
}

export function createRulesBook({ follower, decoder, rules, logger }: RulesBookParts): FollowedRulesBook {
  const pages = new Map<string, Page>();
  /** Tenants whose newest document cannot be read, with the reason; their last good one stays in force. */
  const unreadable = new Map<string, string>();
  let caughtUp = false;
  let following: Following | null = null;
  let stopping = false;

  const keep = (tenantId: string, record: ActionMaps): void => {
    const present = pages.get(tenantId);
    // Compaction leaves the order of a key's records as it is, but a follower may be given a record again.
    if (present !== undefined && present.published.revision >= record.revision) return;
    const page = pageOf(record, rules);
    if (typeof page === 'string') {
      unreadable.set(tenantId, page);
      logger.error(
        { tenantId, revision: record.revision, problem: page },
        'action maps cannot be read; the last good ones stay in force',
      );
      return;
    }
    pages.set(tenantId, page);
    unreadable.delete(tenantId);
    logger.info(
      { tenantId, revision: record.revision, maps: page.rules.maps.length },
      'action maps are in force',
    );
  };

  const take = async (records: readonly TopicRecord[]): Promise<void> => {
    for (const { key, value } of records) {
      const tenantId = key?.toString() ?? '';
      if (value === null) {
        pages.delete(tenantId);
        unreadable.delete(tenantId);
        continue;
      }
      const decoded = await decoder.decode(value);
      if (isRecord(decoded)) keep(tenantId, decoded);
      else {
        unreadable.set(tenantId, decoded.detail);
        logger.error(
          { tenantId, problem: decoded.detail },
          'action maps cannot be read; the last good ones stay in force',
        );
      }
    }
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
    get caughtUp() {
      return caughtUp;
    },
    rulesOf: (tenantId) => pages.get(tenantId)?.rules ?? null,
    publishedBy: (tenantId) => pages.get(tenantId)?.published ?? null,
    health(): Health {
      if (!caughtUp) return { healthy: false, detail: 'the action maps are still being read' };
      const [first] = unreadable;
      // Every instance has the same ones: if they were not ready, one tenant's document would take all of them away.
      const detail =
        first === undefined
          ? `action maps of ${pages.size} tenants`
          : `the last good action maps of ${first[0]} are in force, the newest cannot be read: ${first[1]}`;
      return { healthy: true, detail };
    },
    async run() {
      if (stopping) return;
      following = await follower.follow('actionMaps', 'beginning', take);
      void noteCaughtUp(following);
      await following.done;
    },
    async stop() {
      stopping = true;
      await following?.stop();
    },
  };
}

function isRecord(decoded: ActionMaps | UnreadableValue): decoded is ActionMaps {
  return 'document' in decoded;
}

/** What is wrong with the document, in words, if anything is. */
function pageOf(record: ActionMaps, options: OfferRulesOptions): Page | string {
  const document = parseDocument(record.document);
  if (typeof document === 'string') return document;
  const { revision, changedAt, changedBy } = record;
  return { published: { revision, changedAt, changedBy, document }, rules: offerRulesOf(document, options) };
}

/** The document of a record; what is wrong with it, in words, if anything is. */
export function parseDocument(text: string): ActionMapsFile | string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return 'it is not JSON';
  }
  const checked = checkActionMaps(parsed);
  if (checked.outcome === 'accepted') return checked.value;
  const [problem] = checked.problems;
  return `${problem?.path ?? ''}: expected ${problem?.expected ?? 'something else'}`;
}
