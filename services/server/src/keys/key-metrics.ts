import { Gauge, Registry } from 'prom-client';
import type { Keyring } from './keyring.ts';

/** How the keys stand, for Prometheus. */
export function keyMetricsOf(keyring: Keyring): Registry {
  const registry = new Registry();
  registry.registerMetric(
    new Gauge({
      name: 'offerlock_keys_valid',
      help: '0 while the keys file is broken and the keys before it are used',
      registers: [],
      collect() {
        this.set(keyring.status().valid ? 1 : 0);
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'offerlock_keys',
      help: 'Keys that are valid now',
      labelNames: ['kind'] as const,
      registers: [],
      collect() {
        const { writeKeys, serverKeys } = keyring.status();
        this.set({ kind: 'write' }, writeKeys);
        this.set({ kind: 'server' }, serverKeys);
      },
    }),
  );
  return registry;
}
