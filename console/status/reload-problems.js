import { html } from '../html.js';
import { formatCount, formatTime } from '../format.js';

const MAX_SHOWN = 20;

/** What was wrong with the files at the last reload, or that nothing was. */
export function ReloadProblems({ configuration: { lastReloadError, problems } }) {
  if (lastReloadError === undefined) {
    return html`<p class="reload hint">The last load found no problem.</p>`;
  }
  const more = problems.length - MAX_SHOWN;
  return html`<p class="reload notice warn">
      ${`The reload of ${formatTime(lastReloadError.at)} found ${formatCount(problems.length, 'problem')}. What was loaded before stays in use.`}
    </p>
    <ol class="problems">
      ${problems.slice(0, MAX_SHOWN).map(
        (problem, index) =>
          html`<li key=${index}>
            <code>${`${problem.file}:${problem.line}:${problem.column}`}</code>
            <p>${problem.path !== '' && html`<code>${problem.path}</code>: `}${problem.message}</p>
            ${problem.hint !== undefined && html`<p class="hint">${sentence(problem.hint)}</p>`}
            ${problem.excerpt !== undefined && html`<pre class="excerpt" tabindex="0">${problem.excerpt}</pre>`}
          </li>`,
      )}
    </ol>
    ${more > 0 && html`<p class="hint">${`And ${more.toLocaleString()} more, in the log.`}</p>`}`;
}

function sentence(words) {
  return `${words[0].toUpperCase()}${words.slice(1)}${/[.?!]$/u.test(words) ? '' : '.'}`;
}
