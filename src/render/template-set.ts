/** A tenant's compiled templates: one per outcome. */
import type { TemplateContext } from './template-context.ts';

export interface TemplateSet {
  readonly name: string;
  /**
   * The text an agent sees. Never throws: a template that fails or runs away is replaced by the
   * built-in text and the failure is handed out beside it.
   * @param about what all CRM data of the view belongs to, such as the profile: as long as it is the same
   *   object, a text may be handed out again. Left out, every text is rendered anew.
   */
  render(view: TemplateContext, style: RenderOptions, about?: object): Rendered;
}

export interface Rendered {
  readonly text: string;
  /** Why the tenant's own template was not used: file, line and column, without values of the view. */
  readonly failure?: string;
}

/** How a tenant wants values and text to look. */
export interface RenderOptions {
  /** BCP 47, such as `en-GB`. */
  readonly locale: string;
  /** IANA name, such as `Europe/Berlin`. */
  readonly timeZone: string;
  /** ISO 4217, for amounts that name no currency. */
  readonly currency: string;
  /** Characters of the whole text. */
  readonly maxLength: number;
  readonly lineSeparator: string;
}
