import { html } from './html.js';
import { Fragment } from 'preact';

const MARKS = { '\n': '↵', '\r': '␍', '\t': '⇥' };

/**
 * Exactly what an agent gets: the element's text is the answer, character by character. Where a line ends is marked
 * by styles only.
 * @param {{ text: string, lineSeparator: string }} props
 */
export function AgentText({ text, lineSeparator }) {
  const lines = text.split(lineSeparator);
  const mark = Array.from(lineSeparator, (character) => MARKS[character] ?? '').join('');
  return html`<pre class="agent-text">
${lines.map(
      (line, index) =>
        html`<${Fragment} key=${index}>${line}${
          index < lines.length - 1 &&
          html`<span class="separator" data-mark=${mark}>${lineSeparator}</span>`
        }</>`,
    )}</pre>`;
}
