/** Bodies of 4 MB that cost a parser seconds, by what is in them. */
import { gzipSync } from 'node:zlib';

export interface Body {
  readonly type: string;
  readonly bytes: Buffer;
  /** `gzip`, when it is sent so. */
  readonly encoding?: string;
}

const SIZE = 4_000_000;
const JSON_TYPE = 'application/json;charset=UTF-8';

const json = (text: string): Body => ({ type: JSON_TYPE, bytes: Buffer.from(text) });
const deep = (open: string, close: string) => {
  const depth = Math.floor(SIZE / (open.length + close.length));
  return json(open.repeat(depth) + close.repeat(depth));
};

/** Items until there are enough of them or the size is reached, joined by commas. */
function items(item: (n: number) => string, most = Infinity): string {
  const parts: string[] = [];
  for (let size = 0; size < SIZE && parts.length < most; size += 1) {
    const part = item(parts.length);
    parts.push(part);
    size += part.length;
  }
  return parts.join(',');
}
const list = (item: (n: number) => string) => json(`[${items(item)}]`);

const HOSTILE = {
  'deep lists': () => deep('[', ']'),
  'deep objects': () => deep('{"a":', '}'),
  'empty lists': () => list(() => '[]'),
  'empty objects in results': () => json(`{"results":[${items(() => '{}')}]}`),
  'nearly too many empty objects': () => {
    const objects = items(() => '{}', 49_000);
    return json(`{"results":[${objects}],"compositeResponse":[${objects}]}`);
  },
  'lists of 60 levels': () => list(() => '['.repeat(60) + ']'.repeat(60)),
  'many short texts': () => list((n) => `"${n.toString(36)}"`),
  'many keys': () => json(`{${items((n) => `"${n.toString(36)}":1`)}}`),
  'many keys that are numbers': () => json(`{${items((n) => `"${n * 7919}":1`)}}`),
  'objects with a key each': () => list((n) => `{"${n.toString(36)}":1}`),
  'objects of ever new shapes': () => list((n) => `{"a${n % 997}":1,"b${n % 1009}":1}`),
  'one text of escapes': () => json(`"${'\\u2028'.repeat(SIZE / 6)}"`),
  'texts of escapes': () => list(() => '"\\u0041\\n"'),
  'a number of 4 million digits': () => json('1'.repeat(SIZE)),
  'numbers that are hard to round': () => list((n) => `2.22507385850720113605740979${n}e-308`),
  'numbers of 750 digits': () => list(() => `9007199254740993${'0'.repeat(740)}.5`),
  'nothing but zero bytes': () => ({ type: JSON_TYPE, bytes: Buffer.alloc(SIZE) }),
  'invalid UTF-8': () => ({ type: JSON_TYPE, bytes: Buffer.alloc(SIZE, 0xff) }),
  'deep XML': () => ({ ...deep('<a>', '</a>'), type: 'text/xml' }),
  'wide XML': () => ({
    ...json(`<a>${'<b c="d"/>'.repeat(SIZE / 10)}</a>`),
    type: 'application/xml',
  }),
  'wide CSV': () => ({ ...json('a,b\n'.repeat(SIZE / 4)), type: 'text/csv' }),
  'deep lists that say HTML': () => ({ ...deep('[', ']'), type: 'text/html' }),
  'a gzip bomb': () => zipped(json(`"${'x'.repeat(5_000_000)}"`)),
  'a gzip bomb of lists': () => zipped(deep('[', ']')),
  'gzip of 200,000 empty parts': () => {
    const parts = Array<Buffer>(200_000).fill(gzipSync(''));
    return { type: JSON_TYPE, encoding: 'gzip', bytes: Buffer.concat(parts) };
  },
} as const satisfies Readonly<Record<string, () => Body>>;

function zipped({ type, bytes }: Body): Body {
  return { type, bytes: gzipSync(bytes), encoding: 'gzip' };
}

export type HostileBody = keyof typeof HOSTILE;
export const HOSTILE_BODIES = Object.keys(HOSTILE) as readonly HostileBody[];

export function hostileBody(name: HostileBody): Body {
  return HOSTILE[name]();
}
