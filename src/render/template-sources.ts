/** The texts that a template set is made of, from the disk or from an editor. */
import type { Outcome } from '../model/outcome.ts';

/** A template's text and where it came from. */
export interface TemplateSource {
  /** Absolute. */
  readonly file: string;
  readonly text: string;
}

/** A set's files, on the disk or in memory. */
export interface TemplateSources {
  /** The templates that are rendered on their own. */
  readonly states: ReadonlyMap<Outcome, TemplateSource>;
  /** By name, without `.liquid`. */
  readonly partials: ReadonlyMap<string, TemplateSource>;
}

/**
 * `states`: the set's own, else those of `default`. `partials`: the set's own pieces before those of `partials`,
 * before those of `default`.
 */
export interface SetSources extends TemplateSources {
  /** The product's own, to fall back on. */
  readonly builtIn: TemplateSources;
  /** Names of the files in the set's own folder, without `.liquid`. */
  readonly own: readonly string[];
}
