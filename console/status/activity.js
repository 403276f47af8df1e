import { html } from '../html.js';
import { formatCount, formatMs, formatNumber } from '../format.js';
import { BarChart } from './bar-chart.js';

/** Requests, hits and the time of lookups over the last 15 minutes. */
export function Activity({ activity: { slots, slotSeconds, total } }) {
  const minutes = Math.round((slots.length * slotSeconds) / 60);
  const percent = (ratio) => (ratio === null ? '–' : `${formatNumber(100 * ratio)} %`);
  const duration = (ms) => (ms === null ? '–' : formatMs(ms));
  const refused =
    total.refused === 0 ? '' : `, and ${total.refused.toLocaleString()} with a wrong key`;
  return html`<section class="activity" aria-label=${`The last ${minutes} minutes`}>
    <${Figure}
      name="Requests"
      total=${total.requests.toLocaleString()}
      unit=${`in ${minutes} minutes${refused}`}
      values=${slots.map(({ requests }) => requests)}
      format=${(count) => formatCount(count, 'request')}
      minutes=${minutes}
    />
    <${Figure}
      name="Hit ratio"
      total=${percent(total.hitRatio)}
      unit=${total.hitRatio === null ? 'no lookup yet' : 'answered from the cache'}
      values=${slots.map(({ hitRatio }) => hitRatio)}
      max=${1}
      format=${percent}
      minutes=${minutes}
    />
    <${Figure}
      name="Time of lookups"
      total=${duration(total.p95)}
      unit=${total.p95 === null ? 'no lookup yet' : 'or less for 95 % of them'}
      values=${slots.map(({ p95 }) => p95)}
      format=${duration}
      minutes=${minutes}
    />
  </section>`;
}

function Figure({ name, total, unit, ...chart }) {
  return html`<div class="card figure">
    <h2>${name}</h2>
    <p class="figure-total">
      <span class="number">${total}</span> <span class="hint">${unit}</span>
    </p>
    <${BarChart} name=${name} ...${chart} />
  </div>`;
}
