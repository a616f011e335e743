import { connect } from 'node:net';

/*
 * Whether a server really answers, each asked in its own protocol. An open port is not enough: Kafka and the registry
 * listen before they serve. All of them resolve to false, never reject, when nothing useful comes back in time.
 */

const answerTimeoutMs = 2_000;

/** ApiVersions, version 0: a broker answers it once its listener serves, which is after it joined the cluster. */
export function kafkaAnswers(broker: string): Promise<boolean> {
  const request = Buffer.from('0000000a0012000000000001ffff', 'hex');
  return answers(broker, request, (reply) => {
    if (reply.length < 10) return undefined;
    return reply.readInt32BE(4) === 1 && reply.readInt16BE(8) === 0;
  });
}

export function redisAnswers(address: string): Promise<boolean> {
  return answers(address, Buffer.from('PING\r\n'), (reply) => {
    const end = reply.indexOf('\r\n');
    // A server with a password answers an error, which also proves that it is there.
    return end === -1 ? undefined : /^(\+PONG|-NOAUTH)/.test(reply.toString('latin1', 0, end));
  });
}

export async function registryAnswers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/subjects`, { signal: AbortSignal.timeout(answerTimeoutMs) });
    await response.arrayBuffer();
    return response.ok || response.status === 401;
  } catch {
    return false;
  }
}

/** `judge` returns undefined while the reply is incomplete. */
function answers(
  address: string,
  request: Buffer,
  judge: (reply: Buffer) => boolean | undefined,
): Promise<boolean> {
  return new Promise((resolve) => {
    const colon = address.lastIndexOf(':');
    const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
    const socket = connect({ host, port: Number(address.slice(colon + 1)) });
    let reply = Buffer.alloc(0);
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(answerTimeoutMs, () => end(false));
    socket.on('error', () => end(false));
    socket.on('close', () => end(false));
    socket.on('connect', () => socket.write(request));
    socket.on('data', (chunk) => {
      reply = Buffer.concat([reply, chunk]);
      const verdict = judge(reply);
      if (verdict !== undefined) end(verdict);
    });
  });
}
