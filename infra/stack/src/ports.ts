import { createServer } from 'node:net';

/**
 * A random free port on 127.0.0.1, below the range from which systems take the ports of outgoing connections. A port
 * from that range could be taken by any client while a stopped server waits to be started again; worse, a client that
 * keeps dialling it can end up connected to itself.
 */
export async function chooseFreePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = 15_000 + Math.floor(Math.random() * 15_000);
    if (await portIsFree(port)) return port;
  }
  throw new Error('found no free port between 15000 and 30000 on 127.0.0.1');
}

export function portIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
