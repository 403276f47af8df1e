/** Reads the body of a response: of a bounded size, and without holding up the process. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { ConnectorError } from './errors.ts';
import { hostOf } from './http-failure.ts';
import { findExcess } from './json-bounds.ts';
import { ParseTurns, TURN_BYTES } from './parse-turns.ts';
import { Semaphore } from './semaphore.ts';

/** After decompression. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** Bodies of one connection at once that fill a turn. A CRM that sends slowly holds its own places only. */
const LARGE_AT_ONCE = 4;

/** Of the process. */
const turns = new ParseTurns();

/** Reads the bodies of one connection. */
export class BodyReader {
  readonly #inMemory = new Semaphore(LARGE_AT_ONCE);

  /**
   * The caller parses the text at once: it is returned in a turn of the event loop with time for that.
   * @param of `isJson`: JSON whose parsing would hold up the process is refused.
   * @throws {RangeError} for more than {@link MAX_BODY_BYTES}. @throws {ConnectorError} `bad_response`, `timeout`
   */
  async readText(
    { headers, body }: Dispatcher.ResponseData<unknown>,
    of: { readonly url: string; readonly isJson: boolean; readonly signal: AbortSignal },
  ): Promise<string> {
    const { signal } = of;
    const place = { isTaken: false };
    const beforeLarge = async (): Promise<void> => {
      if (place.isTaken) return;
      await this.#inMemory.acquire(signal);
      place.isTaken = true;
    };
    try {
      const raw = await collect(body as AsyncIterable<Buffer>, beforeLarge);
      const isZipped = /^(?:x-)?gzip$/i.test(String(headers['content-encoding']));
      const bytes = isZipped ? await decompress(raw, beforeLarge) : raw;
      await turns.take(bytes.length, signal);
      checked(bytes, of);
      if (place.isTaken) await turns.take(bytes.length, signal);
      return bytes.toString();
    } finally {
      if (place.isTaken) setImmediate(() => this.#inMemory.release());
    }
  }
}

async function collect(
  body: AsyncIterable<Buffer>,
  beforeLarge: () => Promise<void>,
): Promise<Buffer> {
  // One buffer: a list of millions of chunks of one byte would take a hundred times the memory.
  let bytes = Buffer.alloc(0);
  let length = 0;
  for await (const chunk of body) {
    const end = length + chunk.length;
    // Leaving the loop closes the connection.
    if (end > MAX_BODY_BYTES) throw new RangeError('too large');
    if (end > TURN_BYTES) await beforeLarge();
    if (end > bytes.length) {
      const size = Math.min(2 * end, MAX_BODY_BYTES);
      bytes = Buffer.concat([bytes.subarray(0, length)], size);
    }
    chunk.copy(bytes, length);
    length = end;
  }
  return bytes.subarray(0, length);
}

const unzip = promisify(gunzip);

/** The size is known only afterwards, so it is tried as a small one first. */
async function decompress(raw: Buffer, beforeLarge: () => Promise<void>): Promise<Buffer> {
  try {
    return await unzip(raw, { maxOutputLength: TURN_BYTES });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    await beforeLarge();
    return await unzip(raw, { maxOutputLength: MAX_BODY_BYTES });
  }
}

function checked(bytes: Buffer, { isJson, url }: { isJson: boolean; url: string }): Buffer {
  const what = isJson ? findExcess(bytes) : undefined;
  if (what === undefined) return bytes;
  throw new ConnectorError('bad_response', `${hostOf(url)} sent JSON with too many ${what}`);
}
