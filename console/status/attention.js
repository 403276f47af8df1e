import { html } from '../html.js';

const MAX_NAMES = 3;

/** What needs attention, above everything else: each name leads to its card, however many there are. */
export function Attention({ connections, configuration }) {
  const unwell = connections
    .filter(({ status }) => status !== 'pass')
    .toSorted((a, b) => Number(a.status !== 'fail') - Number(b.status !== 'fail'));
  const more = unwell.length - MAX_NAMES;
  const hasProblems = configuration.lastReloadError !== undefined;
  if (unwell.length === 0 && !hasProblems) {
    return html`<p class="attention hint">Every connection works.</p>`;
  }
  return html`<p class="attention">
    Needs attention:
    ${
      hasProblems &&
      html`<button type="button" class="quiet" onClick=${() => show('status-configuration')}>
        the last reload
      </button>`
    }
    ${unwell
      .slice(0, MAX_NAMES)
      .map(
        ({ name }) =>
          html`<button key=${name} type="button" class="quiet" onClick=${() => show(cardId(name))}>
            ${name}
          </button>`,
      )}
    ${more > 0 && `and ${more.toLocaleString()} more`}
  </p>`;
}

/** @param {string} name of a connection. */
export function cardId(name) {
  return `status-connection-${name}`;
}

/** The focus goes there, too: the next Tab is its button. */
function show(id) {
  const element = document.getElementById(id);
  element.tabIndex = -1;
  element.focus({ preventScroll: true });
  element.scrollIntoView({ block: 'center' });
}
