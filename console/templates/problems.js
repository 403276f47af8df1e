import { html } from '../html.js';
import { formatCount } from '../format.js';

/**
 * The mistakes in words, and what `check` only warns of; those of the file in the editor first. Each leads to its place.
 */
export function Problems({ check, current, onSelect }) {
  const { problems } = check;
  const sorted = problems.toSorted(
    (a, b) => Number(b.file === current) - Number(a.file === current),
  );
  return html`<div class="template-problems">
    <p class=${`problem-summary ${toneOf(check)}`} role="status">${summaryOf(check)}</p>
    ${
      problems.length > 0 &&
      html`<ul aria-label="Mistakes and warnings">
        ${sorted.map(
          (problem) =>
            html`<li key=${`${problem.file}:${problem.line}:${problem.column} ${problem.message}`}>
              <button type="button" class="quiet problem" onClick=${() => onSelect(problem)}>
                ${problem.file !== '' && html`<span class=${isWarning(problem) ? 'place warn' : 'place'}>${placeOf(problem, current)}</span>`}
                <span>${sentenceOf(problem)}</span>
              </button>
            </li>`,
        )}
      </ul>`
    }
  </div>`;
}

/** @param {{ message: string, hint?: string }} problem */
export function sentenceOf({ message, hint }) {
  return hint === undefined ? message : `${message}; ${hint}`;
}

function placeOf({ file, line, column }, current) {
  return file === current ? `Line ${line}, column ${column}` : `${file}, line ${line}`;
}

/** The service takes templates with warnings, not those with mistakes. */
export function isWarning({ severity }) {
  return severity === 'warning';
}

function toneOf({ mistakeCount, warningCount }) {
  if (mistakeCount > 0) return 'bad';
  return warningCount > 0 ? 'warn' : '';
}

function summaryOf({ mistakeCount, warningCount, error, pending }) {
  if (error !== undefined) return error.message;
  if (pending && mistakeCount + warningCount === 0) return 'Checking …';
  const mistakes =
    mistakeCount === 0 ? 'No mistakes' : `${formatCount(mistakeCount, 'mistake')} to fix`;
  return warningCount === 0
    ? `${mistakes}.`
    : `${mistakes}, ${formatCount(warningCount, 'warning')}.`;
}
