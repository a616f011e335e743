import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/**
 * A network between a client and a server that can be told to be slow: while it holds, what clients send stays under
 * way, even when they have hung up, and arrives on release.
 */
export interface HoldingProxy {
  readonly address: string;
  hold(): void;
  release(): void;
  close(): Promise<void>;
}

export async function startHoldingProxy(targetPort: number): Promise<HoldingProxy> {
  let holding = false;
  const held: (() => void)[] = [];
  const sockets = new Set<Socket>();

  const deliver = (arrive: () => void): void => {
    if (holding) held.push(arrive);
    else arrive();
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const target = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true });
    for (const socket of [client, target]) {
      sockets.add(socket);
      // Either side may be killed; the other notices by itself.
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('data', (bytes) => deliver(() => target.write(bytes)));
    client.on('end', () => deliver(() => target.end()));
    target.on('data', (bytes) => {
      if (client.writable) client.write(bytes);
    });
    target.on('end', () => client.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold: () => {
      holding = true;
    },
    release: () => {
      holding = false;
      for (const arrive of held.splice(0)) arrive();
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
