/**
 * Shows a text again as long as it would come out the same: same CRM data, tenant and outcome, the same values
 * of all that the template reads of the request and the source, and a time up to which no filter that looks at
 * the clock prints something else.
 */
import type { Outcome } from '../model/outcome.ts';
import { readVisitor, valuesOf } from './request-words.ts';
import type {
  Rendered,
  RenderOptions,
  RequestContext,
  TemplateContext,
  TemplateSet,
} from './template-set.ts';

/** How a tenant shows people. Another configuration is another object. */
export interface Presentation extends RenderOptions {
  readonly templates: TemplateSet;
}

interface Text {
  readonly text: string;
  readonly outcome: Outcome;
  /** Of the words that were read. */
  readonly values: string;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly until: number;
}

/** By tenant and CRM data; a text goes with either. */
type Texts = WeakMap<Presentation, WeakMap<object, Text>>;

/** What a text takes besides its characters, in bytes. */
const TEXT_BYTES = 250;
/** Some 4000 texts: most are of use for a minute. */
const MAX_BYTES = 4 * 2 ** 20;

export class RenderCache {
  readonly #maxBytes: number;
  /** Texts that were used lately, and those before them, which go when there are too many. */
  #recent: Texts = new WeakMap();
  #older: Texts = new WeakMap();
  #recentBytes = 0;

  /** @param maxBytes that the texts may take in memory. */
  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /**
   * @param context makes what the template reads, when it has to be rendered.
   * @param key what all CRM data of the context belongs to: as long as it is the same object, a text may be
   *   returned again. Without it, every text is rendered.
   * @param at `about.now` in milliseconds since 1970.
   */
  render(
    tenant: Presentation,
    about: RequestContext,
    context: () => TemplateContext,
    key: object | undefined,
    at = Date.parse(about.now),
  ): Rendered {
    const { templates } = tenant;
    if (key === undefined) return templates.render(context(), tenant);
    const { outcome } = about;
    const words = templates.wordsRead(outcome);
    const values = valuesOf(words, about);
    const known = this.#find(tenant, key);
    if (known?.outcome === outcome && known.values === values && isValid(known, at)) return known;
    const rendered = templates.render(context(), tenant);
    // A failure is reported each time. A text with what an unknown visitor sent is not kept with the company.
    const isShared = outcome !== 'found' && readVisitor(words);
    if (rendered.failure === undefined && !isShared) {
      const { text, validUntil: until = Infinity } = rendered;
      this.#keep(tenant, key, { text, outcome, values, from: at, until });
    }
    return rendered;
  }

  #find(tenant: Presentation, key: object): Text | undefined {
    const recent = this.#recent.get(tenant)?.get(key);
    if (recent !== undefined) return recent;
    const older = this.#older.get(tenant)?.get(key);
    if (older !== undefined) this.#keep(tenant, key, older);
    return older;
  }

  #keep(tenant: Presentation, key: object, text: Text): void {
    const bytes = TEXT_BYTES + bytesOf(text.text) + bytesOf(text.values);
    if (this.#recentBytes + bytes > this.#maxBytes / 2) {
      this.#older = this.#recent;
      this.#recent = new WeakMap();
      this.#recentBytes = 0;
    }
    this.#recentBytes += bytes;
    const texts = this.#recent.get(tenant) ?? new WeakMap<object, Text>();
    this.#recent.set(tenant, texts.set(key, text));
  }
}

/** V8 keeps a text with a byte a character, unless there is one above U+00FF. */
function bytesOf(text: string): number {
  return /[^\0-\xff]/.test(text) ? 2 * text.length : text.length;
}

function isValid({ from, until }: Text, now: number): boolean {
  return until === Infinity || (from <= now && now < until);
}
