/** How the page stands to the server. */
export type ConnectionStatus = 'connecting' | 'live' | 'reconnecting' | 'stopped';

/** After so many failures in a row the server counts as stopped, and not as a hiccup. */
const failuresUntilStopped = 4;
const firstWaitMs = 500;
const waitMaxMs = 8000;

/**
 * What to show and how long to wait after so many failed attempts in a row (1 or more). The wait doubles up to 8 s;
 * `random`, from 0 to 1, spreads pages that lost the same server over a fifth of it.
 */
export function afterFailures(
  failures: number,
  random: number,
): { readonly status: ConnectionStatus; readonly waitMs: number } {
  const waitMs = Math.min(waitMaxMs, firstWaitMs * 2 ** (failures - 1));
  return {
    status: failures < failuresUntilStopped ? 'reconnecting' : 'stopped',
    waitMs: Math.round(waitMs * (0.8 + 0.2 * random)),
  };
}
