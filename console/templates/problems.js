import { html } from '../html.js';
import { formatCount } from '../format.js';

/** The mistakes in words, those of the file in the editor first. Each leads to its place. */
export function Problems({ check, current, onSelect }) {
  const { problems, problemCount, error, pending } = check;
  const sorted = problems.toSorted(
    (a, b) => Number(b.file === current) - Number(a.file === current),
  );
  return html`<div class="template-problems">
    <p class=${`problem-summary ${problems.length > 0 ? 'bad' : ''}`} role="status">
      ${summaryOf(problemCount, error, pending)}
    </p>
    ${
      problems.length > 0 &&
      html`<ul aria-label="Mistakes">
        ${sorted.map(
          (problem) =>
            html`<li key=${`${problem.file}:${problem.line}:${problem.column} ${problem.message}`}>
              <button type="button" class="quiet problem" onClick=${() => onSelect(problem)}>
                ${problem.file !== '' && html`<span class="place">${placeOf(problem, current)}</span>`}
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

function summaryOf(count, error, pending) {
  if (error !== undefined) return error.message;
  if (count > 0) return `${formatCount(count, 'mistake')} to fix.`;
  return pending ? 'Checking …' : 'No mistakes.';
}
