import { html } from '../html.js';
import { formatCount, formatMs, formatTime } from '../format.js';
import { useRequest } from '../use-request.js';
import { adviceFor, isNotOpen } from './advice.js';
import { cardId } from './attention.js';
import { QuotaBar } from './quota-bar.js';

const TONES = { pass: 'good', warn: 'warn', fail: 'bad' };
const WORDS = { pass: 'working', warn: 'needs attention', fail: 'failing' };
const MAX_TENANTS = 5;

/** One connection. The button stays where it is whatever the circuit does, so that it keeps the focus. */
export function ConnectionCard({ connection, tenants, api, refresh }) {
  const { name, connector, status, circuit, reasons, quota, latencyMs } = connection;
  const resume = useRequest();
  const canResume = circuit !== 'closed' || isNotOpen(connection);
  const advice = adviceFor(connection);

  function onResume() {
    if (!canResume || resume.pending) return;
    void resume.run(async () => {
      await api.resume(name);
      refresh();
      return 'Resumed: the next lookup calls it again.';
    });
  }

  return html`<article id=${cardId(name)} class="card connection" aria-label=${name}>
    <div class="card-head">
      <h3>${name}</h3>
      <span class="muted">${connector}</span>
      <span class=${`badge ${TONES[status]}`}>
        <span class="dot" aria-hidden="true"></span>${WORDS[status]}
      </span>
      <span class="badge">${`circuit ${circuit}`}</span>
      <div class="actions">
        <button type="button" aria-disabled=${String(!canResume)} onClick=${onResume}>
          Resume<span class="visually-hidden">${` ${name}`}</span>
        </button>
      </div>
    </div>
    ${
      reasons.length > 0 &&
      html`<ul class=${`reasons ${TONES[status]}`}>
        ${reasons.map((reason) => html`<li key=${reason}>${withLocalTimes(reason)}</li>`)}
      </ul>`
    }
    ${advice !== undefined && html`<p class="advice">${advice}</p>`}
    <p class="resume-status hint" role="status">${resume.error?.message ?? resume.data ?? ''}</p>
    ${quota && html`<${QuotaBar} quota=${quota} reserve=${connection.quotaReserve} />`}
    <dl class="facts">
      ${factsOf(connection, tenants, latencyMs).map(
        ([fact, value]) =>
          html`<div key=${fact}>
            <dt>${fact}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
  </article>`;
}

function factsOf({ lookups, lastSuccessAt, lastError }, tenants, latencyMs) {
  const shown = tenants.slice(0, MAX_TENANTS).join(', ');
  const more = tenants.length - MAX_TENANTS;
  return [
    [
      'Tenants',
      `${shown === '' ? 'none' : shown}${more > 0 ? ` and ${more.toLocaleString()} more` : ''}`,
    ],
    [
      'Lookups',
      latencyMs.p50 !== null
        ? `${formatCount(lookups, 'call')}, half within ${formatMs(latencyMs.p50)}, 95 % within ${formatMs(latencyMs.p95)}`
        : formatCount(lookups, 'call'),
    ],
    ['Last success', lastSuccessAt === undefined ? 'none yet' : formatTime(lastSuccessAt)],
    [
      'Last error',
      lastError === undefined ? 'none' : `${lastError.class}, ${formatTime(lastError.at)}`,
    ],
  ];
}

const ISO_TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/gu;

function withLocalTimes(reason) {
  return reason.replace(ISO_TIME, (time) => formatTime(time));
}
