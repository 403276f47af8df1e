import { html } from '../html.js';
import { formatMs } from '../format.js';

/** The steps as a waterfall: each where it began, as long as it took. Parts of a step are indented below it. */
export function Steps({ steps }) {
  const end = Math.max(...steps.map(({ at, ms = 0 }) => at + ms), 0.1);
  return html`<table class="waterfall">
    <thead>
      <tr>
        <th scope="col">Step</th>
        <th scope="col">When</th>
        <th scope="col" class="number">Took</th>
      </tr>
    </thead>
    <tbody>
      ${steps.map((step, index) => html`<${StepRow} key=${index} step=${step} end=${end} />`)}
    </tbody>
  </table>`;
}

function StepRow({ step: { step, depth, at, ms = 0, unfinished, ...details }, end }) {
  const tone = details.error !== undefined ? 'bad' : step === 'crm request' ? 'request' : '';
  return html`<tr class=${tone}>
    <th scope="row">
      <div style=${{ paddingInlineStart: `${Math.min(depth, 8)}rem` }}>
        ${step}${unfinished && html` <span class="badge">not finished</span>`}
        <p class="hint">${describe(details)}</p>
      </div>
    </th>
    <td class="when">
      <span class="visually-hidden">${`after ${formatMs(at)}`}</span>
      <span
        class="bar"
        style=${{ marginInlineStart: percent(at / end), width: percent(ms / end) }}
      ></span>
    </td>
    <td class="number">${formatMs(ms)}</td>
  </tr>`;
}

const FIRST = ['operation', 'status', 'event', 'result', 'outcome'];

/** The result first, then the rest by its names. @param {Readonly<Record<string, unknown>>} details */
function describe(details) {
  const first = FIRST.flatMap((name) => details[name] ?? []);
  const named = Object.entries(details)
    .filter(([name, value]) => !FIRST.includes(name) && value !== false && value !== null)
    .map(([name, value]) => `${name} ${String(value)}`);
  return [...first, ...named].join(' · ');
}

function percent(share) {
  return `${(100 * share).toFixed(2)}%`;
}
