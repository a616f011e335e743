import { publishTraffic } from '@offerlock/operator';
import { simulateTraffic, type TrafficOptions } from '@offerlock/traffic';
import { systemClock } from './system-clock.ts';
import type { Installation } from './installation.ts';

/** Puts simulated traffic into the installation's events topic, as fast as it takes it or at a rate. */
export async function publishSimulated(
  installation: Pick<Installation, 'sink' | 'encoders'>,
  options: Omit<TrafficOptions, 'startAtMs'>,
  {
    ratePerSecond = null,
    stop = new AbortController().signal,
  }: { ratePerSecond?: number | null; stop?: AbortSignal } = {},
): Promise<number> {
  return publishTraffic({
    traffic: simulateTraffic({ startAtMs: Date.UTC(2026, 4, 1), ...options }),
    sink: installation.sink,
    encoder: installation.encoders.event,
    ratePerSecond,
    clock: systemClock,
    stop,
    onProgress: () => undefined,
  });
}
