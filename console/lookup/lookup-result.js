import { html } from '../html.js';
import { AgentText } from '../agent-text.js';
import { formatCount, formatMs, formatNumber, formatTime } from '../format.js';
import { Steps } from './steps.js';
import { ValueTree } from './value-tree.js';

/** What a lookup found: the text, where it came from, the profile and the steps. */
export function LookupResult({ answer, roundTripMs, busy, onAskAgain, onForget }) {
  const { profile, steps, timeZone } = answer;
  return html`<div class="lookup-result" aria-busy=${String(busy)}>
    <div>
      <section class="card">
        <div class="card-head">
          <h2>Agent's text</h2>
          <${Outcome} answer=${answer} />
          <div class="actions">
            <button type="button" onClick=${onAskAgain}>Ask again</button>
            <button type="button" onClick=${onForget}>Forget</button>
          </div>
        </div>
        <${AgentText} text=${answer.text} lineSeparator=${answer.lineSeparator} />
        <p class="hint">${describeText(answer)}</p>
        <${Source} answer=${answer} roundTripMs=${roundTripMs} />
      </section>
      <section class="card">
        <h2>Steps</h2>
        <${Steps} steps=${steps} />
      </section>
    </div>
    <section class="card">
      <div class="card-head">
        <h2>Profile</h2>
        <span class="hint">${`times in ${timeZone}`}</span>
      </div>
      ${
        Object.keys(profile ?? {}).length === 0
          ? html`<p class="hint">No person and no company.</p>`
          : html`<${ValueTree} value=${profile} timeZone=${timeZone} />`
      }
    </section>
  </div>`;
}

const OUTCOMES = {
  found: ['good', 'found'],
  not_found: ['', 'not found'],
  no_email: ['', 'no e-mail'],
  unavailable: ['bad', 'unavailable'],
};

function Outcome({ answer: { outcome, source } }) {
  const [tone, words] = OUTCOMES[outcome] ?? ['', outcome];
  return html`<span class=${`badge ${tone}`}>${words}</span>
    ${source.stale && html`<span class="badge warn">stale</span>`}
    ${source.partial && html`<span class="badge warn">partial</span>`}`;
}

function Source({ answer, roundTripMs }) {
  const { source, cache, steps, timings, timeZone, tenant, email } = answer;
  const rows = [
    ['Tenant', tenant],
    ['Looked up as', email ?? 'no usable address'],
    ['Cache', describeCache(cache, steps)],
    source.connection !== null && ['Source', `${source.connection} (${source.connector})`],
    source.fetchedAt !== null && ['Data from', formatTime(source.fetchedAt, timeZone)],
    source.missing.length > 0 && ['Missing', source.missing.join(', ')],
    [
      'Time',
      `${formatMs(timings.crmMs)} lookup, ${formatMs(timings.renderMs)} template, ${formatMs(roundTripMs)} to this page`,
    ],
  ];
  return html`<dl class="facts">
    ${rows.filter(Boolean).map(
      ([name, value]) =>
        html`<div key=${name}>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

function describeCache(cache, steps) {
  if (cache === null) return 'not used';
  if (!cache.hit) {
    if (cache.collapsed) return 'shared the lookup of another request';
    return describeCalls(steps.filter(({ step }) => step === 'connector'));
  }
  const seconds = formatNumber(Math.round(Math.abs(cache.ttlSeconds)));
  return cache.ttlSeconds < 0
    ? `stale for ${seconds} s, refreshed in the background`
    : `hit, fresh for another ${seconds} s`;
}

/** A miss does not always reach the CRM. @param {readonly any[]} calls */
function describeCalls(calls) {
  if (calls.some(({ skipped }) => skipped === undefined)) return 'the CRM was asked';
  return calls.length > 0
    ? `the CRM was not asked: ${calls[0].skipped}`
    : 'the CRM was not asked: the steps say why';
}

function describeText({ text, lineSeparator }) {
  const lines = formatCount(text.split(lineSeparator).length, 'line');
  const characters = formatCount(Array.from(text).length, 'character');
  const bytes = formatCount(new TextEncoder().encode(text).length, 'byte');
  return `${lines} (separator ${JSON.stringify(lineSeparator)}), ${characters}, ${bytes}`;
}
