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
  /** Map and version, see `versionOf`. */
  readonly version: string;
  readonly engaged: boolean;
  /** From its start on, ms; null where the start is not known. */
  readonly waitedMs: number | null;
}

interface Counted {
  readonly at: number;
  readonly byTarget: ReadonlyMap<string, ChatCounts>;
}

const noChats: ChatCounts = { engaged: 0, overServiceLevel: 0, abandoned: 0 };

/**
 * Counts chats by the time they happened. Which target took them, and what was too long there, is looked up when it is
 * asked for: so a change of the action maps counts at once, and it does not matter what is read first, maps or chats.
 */
export function createChatWindow(parts: ChatWindowParts): FollowedChatWindow {
  const { follower, decoder, publishedBy, now } = parts;
  const { windowMs = windowMsDefault, chatsMax = chatsMaxDefault } = parts;
  /** By tenant and metric, in the order they came. */
  const tenants = new Map<string, Map<string, Chat>>();
  const counted = new Map<string, Counted>();
  let caughtUp = false;
  let following: Following | null = null;
  let stopping = false;

  const keep = (metric: WebActionMetric): void => {
    if (metric.metric !== 'engaged' && metric.metric !== 'abandoned') return;
    const begin = now() - windowMs;
    if (metric.occurredAt <= begin) return;
    const chats = tenants.get(metric.tenantId) ?? new Map<string, Chat>();
    tenants.set(metric.tenantId, chats);
    chats.set(metric.metricId, chatOf(metric));
    // Here too, as of a tenant that nobody asks about nothing is counted. What came out of order goes with a count.
    for (const { metricId, at } of chats.values()) {
      if (at > begin && chats.size <= chatsMax) break;
      chats.delete(metricId);
    }
  };

  const take = async (records: readonly TopicRecord[]): Promise<void> => {
    for (const { value } of records) {
      const decoded = await decoder.decode(value);
      if ('metricId' in decoded) keep(decoded);
    }
  };

  const count = (tenantId: string, at: number): ReadonlyMap<string, ChatCounts> => {
    const targets = targetsByVersion(publishedBy(tenantId)?.document ?? null);
    const byTarget = new Map<string, ChatCounts>();
    const chats = tenants.get(tenantId) ?? new Map<string, Chat>();
    for (const chat of chats.values()) {
      if (chat.at <= at - windowMs) {
        chats.delete(chat.metricId);
        continue;
      }
      const target = targets.get(chat.version);
      if (target !== undefined) {
        byTarget.set(target.id, withChat(byTarget.get(target.id) ?? noChats, chat, target));
      }
    }
    return byTarget;
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
      let known = counted.get(tenantId);
      if (known === undefined || at - known.at >= recountMs) {
        known = { at, byTarget: count(tenantId, at) };
        counted.set(tenantId, known);
      }
      return known.byTarget.get(actionTargetId) ?? noChats;
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
  return {
    metricId,
    at: metric.occurredAt,
    version: versionOf(actionMapId, actionMapVersion),
    engaged: metric.metric === 'engaged',
    waitedMs: metric.previousState === 'started' ? metric.millisInPreviousState : null,
  };
}

function versionOf(actionMapId: string, version: number): string {
  return `${version} ${actionMapId}`;
}

type ActionTarget = ActionMapsFile['actionTargets'][number];

function targetsByVersion(document: ActionMapsFile | null): ReadonlyMap<string, ActionTarget> {
  const targets = new Map(document?.actionTargets.map((target) => [target.id, target]));
  const byVersion = new Map<string, ActionTarget>();
  for (const { id, version, action } of document?.actionMaps ?? []) {
    const target = targets.get(action.actionTargetId ?? '');
    if (target !== undefined) byVersion.set(versionOf(id, version), target);
  }
  return byVersion;
}

function withChat(counts: ChatCounts, { engaged, waitedMs }: Chat, target: ActionTarget): ChatCounts {
  if (engaged) {
    const isOver = waitedMs !== null && waitedMs > target.serviceLevelMs;
    return {
      ...counts,
      engaged: counts.engaged + 1,
      overServiceLevel: counts.overServiceLevel + (isOver ? 1 : 0),
    };
  }
  if (waitedMs !== null && waitedMs < target.shortAbandonMs) return counts;
  return { ...counts, abandoned: counts.abandoned + 1 };
}
