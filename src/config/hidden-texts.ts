/** Texts that must not be shown, in whatever form a text quotes them. Each is added once; there can be thousands. */
import { SecretPieces } from './secret-pieces.ts';

/** Shorter ones may be ordinary words. */
const MIN_CHARACTERS = 8;

export class HiddenTexts {
  readonly #known = new Set<string>();
  /** How they may be written, by their first characters. */
  readonly #forms = new Map<string, string[]>();
  readonly #cut = new SecretPieces();

  add(value: string): void {
    if (value.length < MIN_CHARACTERS || this.#known.has(value)) return;
    this.#known.add(value);
    this.#cut.add(value);
    for (const form of formsOf(value)) {
      const start = form.slice(0, MIN_CHARACTERS);
      const known = this.#forms.get(start);
      if (known === undefined) this.#forms.set(start, [form]);
      else known.push(form);
    }
  }

  /** The text with `…` in place of each. */
  removeFrom(text: string): string {
    return this.#cut.removeFrom(this.#withoutForms(text));
  }

  #withoutForms(text: string): string {
    let rest = '';
    let end = 0;
    for (let start = 0; start + MIN_CHARACTERS <= text.length; start++) {
      const candidates = this.#forms.get(text.slice(start, start + MIN_CHARACTERS)) ?? [];
      let length = 0;
      for (const form of candidates)
        if (form.length > length && text.startsWith(form, start)) length = form.length;
      if (length === 0) continue;
      if (start >= end) rest += `${text.slice(end, start)}…`;
      end = Math.max(end, start + length);
    }
    return rest + text.slice(end);
  }
}

/** A value as it is, in a URL, in a form, and in base64. */
function formsOf(value: string): ReadonlySet<string> {
  const inForm = new URLSearchParams({ '': value }).toString().slice('='.length);
  return new Set([value, encodeURIComponent(value.toWellFormed()), inForm, ...inBase64(value)]);
}

/**
 * The characters that only the value decides in the base64 of a text around it, such as `user:password`.
 * They depend on the number of bytes before it, modulo three.
 */
function inBase64(value: string): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(value)]);
    const [from, to] = [Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6)];
    return [bytes.toString('base64').slice(from, to), bytes.toString('base64url').slice(from, to)];
  });
}
