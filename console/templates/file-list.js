import { html } from '../html.js';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { formatCount } from '../format.js';
import { isWarning } from './problems.js';

/** What a chat admin calls the templates of outcomes. */
export const OUTCOME_NAMES = {
  found: 'Known person',
  stale: 'Known person, old data',
  not_found: 'Unknown person',
  no_email: 'No e-mail address',
  unavailable: 'CRM not available',
};

/**
 * The files of the tenant: one for each outcome, then the pieces that they share.
 * @param {{ tenant: string, drafts: any, problems: readonly any[], onCreate: (name: string) => void }} props
 *   `onCreate` is called with the name of a new piece.
 */
export function FileList({ tenant, drafts, problems, onCreate }) {
  const { files, current, select } = drafts;
  const box = useRef(null);
  useLayoutEffect(() => showCurrent(box.current), [current]);
  const isOutcome = ({ name }) => stem(name) in OUTCOME_NAMES;
  const list = (some) =>
    html`<ul>
      ${some.map(
        (file) =>
          html`<${FileItem}
            key=${file.name}
            file=${file}
            isCurrent=${file.name === current}
            problems=${problems.filter((problem) => problem.file === file.name)}
            onSelect=${() => select(file.name)}
          />`,
      )}
    </ul>`;
  return html`<nav class="template-files" aria-label="Files">
    <div ref=${box} class="file-groups">
      <h2>Templates</h2>
      ${list(files.filter(isOutcome))}
      <h2>Pieces</h2>
      ${list(files.filter((file) => !isOutcome(file)))}
    </div>
    <${NewPiece} tenant=${tenant} drafts=${drafts} onCreate=${onCreate} />
  </nav>`;
}

/** Scrolls the list only, not the page. @param {HTMLElement} box */
function showCurrent(box) {
  const item = box.querySelector('[aria-current]').getBoundingClientRect();
  const { top, bottom } = box.getBoundingClientRect();
  if (item.top < top) box.scrollTop -= top - item.top;
  else if (item.bottom > bottom) box.scrollTop += item.bottom - bottom;
}

function FileItem({ file, isCurrent, problems, onSelect }) {
  const warnings = problems.filter(isWarning).length;
  const mistakes = problems.length - warnings;
  const title = OUTCOME_NAMES[stem(file.name)];
  return html`<li>
    <button
      type="button"
      class="template-file"
      aria-current=${isCurrent ? 'true' : undefined}
      onClick=${onSelect}
    >
      <span class="file-name">${title ?? file.name}</span>
      <span class="file-origin"
        >${title === undefined ? originOf(file) : `${file.name} · ${originOf(file)}`}</span
      >
      <span class="file-marks">
        ${
          mistakes > 0 &&
          html`<span class="badge bad" aria-label=${formatCount(mistakes, 'mistake')}
            >${mistakes}</span
          >`
        }
        ${
          warnings > 0 &&
          html`<span class="badge warn" aria-label=${formatCount(warnings, 'warning')}
            >${warnings}</span
          >`
        }
        ${file.isChanged && html`<span class="changed" role="img" aria-label="changed">●</span>`}
      </span>
    </button>
  </li>`;
}

/** Where the text comes from. */
function originOf({ own, isNew, isShipped, folder }) {
  if (isNew) return 'new';
  return own && !isShipped ? 'own' : `from ${folder}`;
}

function NewPiece({ tenant, drafts: { files, change }, onCreate }) {
  const [name, setName] = useState(undefined);
  const [error, setError] = useState('');
  if (name === undefined) {
    return html`<button type="button" class="quiet" onClick=${() => setName('')}>
      New piece
    </button>`;
  }
  function add(event) {
    event.preventDefault();
    const file = `${name.trim().replace(/\.liquid$/u, '')}.liquid`;
    if (!/^[\p{L}\p{N}_-][\p{L}\p{N}_. -]*\.liquid$/u.test(file)) {
      setError('Letters, digits, - and _ make a name.');
    } else if (files.some((each) => each.name === file)) {
      setError('There is a file of this name.');
    } else {
      change(tenant, file, '');
      onCreate(file);
      setName(undefined);
      setError('');
    }
  }
  return html`<form class="new-piece" onSubmit=${add}>
    <label class="field">
      Name of the piece
      <input
        ref=${(input) => input !== null && document.activeElement?.closest('.new-piece') === null && input.focus()}
        value=${name}
        autocomplete="off"
        spellcheck=${false}
        onInput=${(event) => setName(event.target.value)}
        onKeyDown=${(event) => event.key === 'Escape' && setName(undefined)}
      />
    </label>
    <button>Add</button>
    ${error !== '' && html`<p class="hint" role="alert">${error}</p>`}
  </form>`;
}

function stem(name) {
  return name.replace(/\.liquid$/u, '');
}
