/**
 * What is written to Redis: contents encrypted by AES-256-GCM, under names made by HMAC-SHA256. A content is bound to
 * its name, so one that was changed, or moved to another name, is not opened.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

const FORMAT = 1;
const ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + ID_BYTES + NONCE_BYTES + TAG_BYTES;
/** Of 43; enough that two names never meet. */
const NAME_CHARACTERS = 32;

interface Key {
  readonly id: Buffer;
  readonly cipher: Buffer;
  readonly names: Buffer;
}

export class Sealing {
  readonly #prefix: string;
  readonly #keys: readonly [Key, ...Key[]];

  /**
   * @param keys in base64; the first encrypts, all decrypt. Without any, a constant takes their place, which hides
   *   contents from a glance and from no attacker.
   */
  constructor(prefix: string, keys: readonly string[] | undefined) {
    this.#prefix = prefix;
    const [first = Buffer.alloc(32), ...others] = (keys ?? []).map((key) =>
      Buffer.from(key, 'base64'),
    );
    this.#keys = [derive(first), ...others.map(derive)];
  }

  /** A name that needs no key, such as that of the stream of purges. */
  plainName(kind: string): string {
    return `${this.#prefix}:${kind}`;
  }

  /**
   * @param parts each becomes a part of the name, so that a pattern finds all with equal first parts.
   * @returns the name under which is written, then those under which the other keys have written.
   */
  names(kind: string, ...parts: readonly string[]): readonly [string, ...string[]] {
    const [first, ...others] = this.#keys;
    const nameBy = ({ names }: Key) =>
      [this.#prefix, kind, ...parts.map((part, index) => hide(names, kind, index, part))].join(':');
    return [nameBy(first), ...others.map(nameBy)];
  }

  /** @param name under which the content is written. */
  seal(name: string, content: string): Buffer {
    const [{ id, cipher: key }] = this.#keys;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    cipher.setAAD(Buffer.from(name));
    const sealed = [cipher.update(content, 'utf8'), cipher.final()];
    return Buffer.concat([Buffer.from([FORMAT]), id, nonce, cipher.getAuthTag(), ...sealed]);
  }

  /** @returns `undefined` for what was not sealed under this name by one of the keys. */
  open(name: string, sealed: Buffer): string | undefined {
    if (sealed.length < HEAD_BYTES || sealed[0] !== FORMAT) return undefined;
    const id = sealed.subarray(1, 1 + ID_BYTES);
    const key = this.#keys.find((candidate) => candidate.id.equals(id));
    if (key === undefined) return undefined;
    const nonce = sealed.subarray(1 + ID_BYTES, 1 + ID_BYTES + NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', key.cipher, nonce, {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(name));
    decipher.setAuthTag(sealed.subarray(HEAD_BYTES - TAG_BYTES, HEAD_BYTES));
    try {
      const content = [decipher.update(sealed.subarray(HEAD_BYTES)), decipher.final()];
      return Buffer.concat(content).toString();
    } catch {
      return undefined;
    }
  }
}

function derive(key: Buffer): Key {
  const part = (info: string, bytes: number) =>
    Buffer.from(hkdfSync('sha256', key, '', `crm-bridge ${info}`, bytes));
  return { id: part('id', ID_BYTES), cipher: part('cipher', 32), names: part('names', 32) };
}

function hide(key: Buffer, kind: string, index: number, text: string): string {
  const digest = createHmac('sha256', key).update(`${kind} ${index} ${text}`).digest('base64url');
  return digest.slice(0, NAME_CHARACTERS);
}
