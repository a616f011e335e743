import type { RedisConnection } from '@offerlock/config';
import { assertNever, OfferlockError } from '@offerlock/lifecycle';
import { Cluster, Redis, type CommonRedisOptions } from 'ioredis';

const reconnectDelayMaxMs = 1_000;
const redirectionsMax = 4;

/**
 * A client that connects at once and for ever, but never sends a command twice by itself: one whose answer was lost
 * may have been executed, or may still be. Its failures reach the caller, who decides.
 */
export function connect(connection: RedisConnection, timeoutMs: number): Redis | Cluster {
  const nodes = connection.addresses.map(hostAndPortOf);
  const tls = connection.tls === false ? undefined : { ca: connection.tls.ca ?? undefined };
  const node = {
    ...credentialsOf(connection),
    tls,
    connectionName: 'offerlock',
    connectTimeout: timeoutMs,
    // Bounds the client's own commands too, such as the check that the server is ready.
    commandTimeout: timeoutMs,
    autoResendUnfulfilledCommands: false,
    // Commands without an answer fail as soon as their connection does. With more than 0 and no resending, ioredis
    // forgets them when it has reconnected, and their promises stay open.
    maxRetriesPerRequest: 0,
    enableReadyCheck: true,
    maxLoadingRetryTime: reconnectDelayMaxMs,
    // After a failover the old master answers so; connecting anew finds the new one.
    reconnectOnError: (error: Error) => error.message.includes('READONLY'),
  } satisfies CommonRedisOptions & { tls: unknown };
  switch (connection.mode) {
    case 'standalone': {
      const [address] = nodes;
      if (address === undefined || nodes.length > 1) {
        throw new OfferlockError('CONFIG_INVALID', 'Redis mode standalone takes exactly one address', {
          details: { addresses: connection.addresses },
        });
      }
      return new Redis({ ...node, ...address, retryStrategy: reconnectDelayMs, enableOfflineQueue: false });
    }
    case 'sentinel':
      return new Redis({
        ...node,
        sentinels: nodes,
        name: connection.sentinelMaster,
        role: 'master',
        enableTLSForSentinelMode: tls !== undefined,
        sentinelTLS: tls,
        sentinelCommandTimeout: timeoutMs,
        retryStrategy: reconnectDelayMs,
        sentinelRetryStrategy: reconnectDelayMs,
        enableOfflineQueue: false,
      });
    case 'cluster':
      return new Cluster(nodes, {
        redisOptions: node,
        scaleReads: 'master',
        clusterRetryStrategy: reconnectDelayMs,
        maxRedirections: redirectionsMax,
        // 0 turns resending off: of the errors meant here one cannot tell whether the command was executed.
        retryDelayOnFailover: 0,
        retryDelayOnClusterDown: 0,
        slotsRefreshTimeout: timeoutMs,
        slotsRefreshInterval: 5_000,
        // Each node connects at its first command; further ones have to wait for that somewhere.
        enableOfflineQueue: true,
        // Certificates name hosts, so with TLS their names must not be resolved before the handshake.
        ...(tls === undefined ? {} : { dnsLookup: keepHostName }),
      });
    default:
      return assertNever(connection.mode);
  }
}

function credentialsOf({ username, password }: RedisConnection): { username?: string; password?: string } {
  return { ...(username === null ? {} : { username }), ...(password === null ? {} : { password }) };
}

function hostAndPortOf(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':');
  return {
    host: address.slice(0, colon).replace(/^\[|\]$/g, ''),
    port: Number(address.slice(colon + 1)),
  };
}

function reconnectDelayMs(attempts: number): number {
  return Math.min(25 * 2 ** Math.min(attempts, 10), reconnectDelayMaxMs);
}

function keepHostName(host: string, callback: (error: null, address: string) => void): void {
  callback(null, host);
}
