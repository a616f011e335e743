import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { HttpProblem } from '@offerlock/server';
import type { FastifyRequest } from 'fastify';

const unzip = promisify(gunzip);

/** As fastify wants it: what the client says of the length is compared with what came over the wire. */
type Body = Readable & { receivedEncodedLength?: number };

/**
 * Unpacks a body with `Content-Encoding: gzip`; as a `preParsing` hook. Neither the packed nor the unpacked body may be
 * larger than `bytesMax`, so a small body that unpacks to a huge one costs no more than that.
 */
export function gunzipBody(
  bytesMax: number,
): (request: FastifyRequest, _reply: unknown, payload: Readable) => Promise<Body> {
  return async (request, _reply, payload) => {
    const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
    if (encoding === 'identity' || encoding === '') return payload;
    if (encoding !== 'gzip') {
      const detail = `expected the content encoding gzip or none, got ${JSON.stringify(encoding.slice(0, 64))}`;
      throw new HttpProblem(415, 'CONTENT_TYPE_UNSUPPORTED', detail, {
        headers: { 'accept-encoding': 'gzip' },
      });
    }
    const packed = await buffer(atMost(payload, bytesMax));
    const unpacked = await unzip(packed, { maxOutputLength: bytesMax }).catch(
      (cause: NodeJS.ErrnoException) => {
        if (cause.code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(bytesMax);
        throw new HttpProblem(400, 'BODY_INVALID', 'the body is not gzip, as its content encoding says', {
          cause,
        });
      },
    );
    const body: Body = Readable.from([unpacked], { objectMode: false });
    body.receivedEncodedLength = packed.length;
    return body;
  };
}

async function* atMost(payload: Readable, bytesMax: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of payload as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw tooLarge(bytesMax);
    yield chunk;
  }
}

function tooLarge(bytesMax: number): HttpProblem {
  return new HttpProblem(413, 'BODY_TOO_LARGE', `the body is larger than ${bytesMax} bytes`);
}
