import { h } from 'preact';
import htm from 'htm';

/** Components from tagged templates; what is inserted becomes text, never markup. */
export const html = htm.bind(h);
