/** Writes a reply to the wire, compressed when asked, or broken as a fault wants it. */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Fault } from './faults.ts';
import type { Reply } from './reply.ts';

export async function writeReply(
  response: ServerResponse,
  reply: Reply,
  fault: Fault | undefined,
  gzip: boolean,
): Promise<void> {
  const text = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body);
  const slow = fault === 'drip' || fault === 'stall' || fault === 'cutBody';
  const body = gzip && !slow && text.length > 200 ? gzipSync(text) : Buffer.from(text);
  response.writeHead(reply.status, {
    ...(reply.type === null
      ? {}
      : { 'content-type': reply.type ?? 'application/json;charset=utf-8' }),
    ...(body.length === Buffer.byteLength(text) ? {} : { 'content-encoding': 'gzip' }),
    'content-length': body.length,
    'x-hubspot-correlation-id': randomUUID(),
    ...reply.headers,
  });
  if (!slow) return void response.end(body);
  response.write(body.subarray(0, body.length / 2));
  if (fault === 'stall') return;
  if (fault === 'cutBody') return void setImmediate(() => response.socket?.resetAndDestroy());
  for (const byte of body.subarray(body.length / 2)) {
    if (response.destroyed) return;
    response.write(Buffer.of(byte));
    await setTimeout(250);
  }
  response.end();
}
