import type { LifecycleDescription, Overview, Recent } from '@offerlock/standalone';
import { getLifecycles } from './api.ts';
import { afterFailures, type ConnectionStatus } from './backoff.ts';

/** What the page knows of the server at a moment. */
export interface Snapshot {
  readonly connection: ConnectionStatus;
  /** Null until the first message. */
  readonly overview: Overview | null;
  readonly recent: Recent | null;
  /** Empty until they are loaded. */
  readonly lifecycles: readonly LifecycleDescription[];
  /** The server's time, in ms: the reader's clock may differ from it. */
  readonly nowMs: number;
}

/** The live picture of the server. */
export interface Installation {
  snapshot(): Snapshot;
  /** Calls `listener` when something changed, and at least every second; at most once per frame, never while hidden. */
  onChange(listener: (snapshot: Snapshot) => void): void;
}

/** Follows the server's stream, for as long as the page lives; comes back by itself when the server does. */
export function followInstallation(): Installation {
  let connection: ConnectionStatus = 'connecting';
  let overview: Overview | null = null;
  let recent: Recent | null = null;
  let lifecycles: readonly LifecycleDescription[] = [];
  let aheadMs = 0;
  let failures = 0;
  const listeners: ((snapshot: Snapshot) => void)[] = [];

  const snapshot = (): Snapshot => ({
    connection,
    overview,
    recent,
    lifecycles,
    nowMs: Date.now() + aheadMs,
  });

  let frame: number | null = null;
  const changed = (): void => {
    // A browser gives no frames to a page that is not seen, so nothing is drawn in vain.
    frame ??= requestAnimationFrame(() => {
      frame = null;
      const now = snapshot();
      for (const listener of listeners) listener(now);
    });
  };

  const connect = (): void => {
    const source = new EventSource('/v1/stream');
    source.addEventListener('open', () => {
      failures = 0;
      connection = 'live';
      // The server may be another version than before.
      void loadLifecycles();
      changed();
    });
    source.addEventListener('overview', ({ data }: MessageEvent<string>) => {
      const message = JSON.parse(data) as Overview;
      overview = message;
      aheadMs = message.at - Date.now();
      changed();
    });
    source.addEventListener('recent', ({ data }: MessageEvent<string>) => {
      recent = JSON.parse(data) as Recent;
      changed();
    });
    source.addEventListener('error', () => {
      // Its own reconnection gives up on some errors and does not say when it tries again: ours does both.
      source.close();
      failures += 1;
      const next = afterFailures(failures, Math.random());
      connection = next.status;
      setTimeout(connect, next.waitMs);
      changed();
    });
  };

  const loadLifecycles = async (): Promise<void> => {
    try {
      lifecycles = await getLifecycles();
      changed();
    } catch {
      // The stream tells about a server that is gone, and its next start loads them again.
    }
  };

  connect();
  setInterval(changed, 1000);
  return {
    snapshot,
    onChange: (listener) => {
      listeners.push(listener);
    },
  };
}
