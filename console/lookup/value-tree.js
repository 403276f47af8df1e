import { html } from '../html.js';
import { formatCount, formatTime } from '../format.js';

/** By its words, as a template reads them. Every value is text. */
export function ValueTree({ value, timeZone }) {
  return html`<ul class="tree">
    ${Object.entries(value).map(
      ([name, part]) =>
        html`<${Part} key=${name} name=${name} value=${part} timeZone=${timeZone} depth=${0} />`,
    )}
  </ul>`;
}

function Part({ name, value, timeZone, depth }) {
  if (typeof value !== 'object' || value === null) {
    return html`<li class="leaf">
      <span class="word">${name}</span><${Leaf} value=${value} timeZone=${timeZone} />
    </li>`;
  }
  const parts = Object.entries(value);
  const isList = Array.isArray(value);
  if (parts.length === 0) {
    return html`<li class="leaf">
      <span class="word">${name}</span><span class="muted">${isList ? 'none' : 'empty'}</span>
    </li>`;
  }
  const title = isList ? formatCount(parts.length, 'entry', 'entries') : titleOf(value);
  return html`<li>
    <details open=${depth < 1}>
      <summary>
        <span class="word">${name}</span><span class="muted title" dir="auto">${title}</span>
      </summary>
      <ul>
        ${parts.map(
          ([key, part]) =>
            html`<${Part}
              key=${key}
              name=${isList ? String(Number(key) + 1) : key}
              value=${part}
              timeZone=${timeZone}
              depth=${depth + 1}
            />`,
        )}
      </ul>
    </details>
  </li>`;
}

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d/u;

function Leaf({ value, timeZone }) {
  if (value === null) return html`<span class="muted">–</span>`;
  if (typeof value !== 'string') return html`<span class="value">${String(value)}</span>`;
  if (DATE_TIME.test(value)) {
    return html`<time class="value" datetime=${value} title=${value}
      >${formatTime(value, timeZone)}</time
    >`;
  }
  if (/^https?:\/\//u.test(value)) {
    return html`<a class="value" href=${value} target="_blank" rel="noreferrer">${value}</a>`;
  }
  return html`<span class="value" dir="auto">${value}</span>`;
}

/** What a collapsed part is about. */
function titleOf(value) {
  const title = value.name ?? value.subject ?? value.number;
  return typeof title === 'string' ? title : '';
}
