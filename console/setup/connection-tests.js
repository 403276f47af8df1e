import { html } from '../html.js';
import { useEffect, useRef, useState } from 'preact/hooks';
import { formatCount } from '../format.js';

const PARALLEL = 4;
const LEVELS = { ok: 'good', warning: 'warn', error: 'bad' };

/** Signs in to each CRM as `check --live` does. Each result is shown as soon as it is there. */
export function ConnectionTests({ tenant, connections, api }) {
  const [results, setResults] = useState(new Map());
  const [isRunning, setRunning] = useState(false);
  const stop = useRef(undefined);
  useEffect(() => () => stop.current?.abort(), []);

  // Those of the tenant first.
  const names = connections
    .map(({ name }) => name)
    .toSorted(
      (a, b) => Number(tenant.connections.includes(b)) - Number(tenant.connections.includes(a)),
    );

  async function test() {
    if (isRunning) return;
    setRunning(true);
    setResults(new Map());
    stop.current = new AbortController();
    const { signal } = stop.current;
    const waiting = names.values();
    const work = async () => {
      for (const name of waiting) {
        const findings = await check(name, api, signal);
        if (signal.aborted) return;
        setResults((before) => new Map(before).set(name, findings));
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
    setRunning(false);
  }

  return html`<section class="card connection-tests">
    <div class="card-head">
      <h2>Connections</h2>
      <div class="actions">
        <button type="button" class="primary" aria-disabled=${String(isRunning)} onClick=${test}>
          Test connections
        </button>
      </div>
    </div>
    <p class="hint" role="status">${statusOf(results, names, isRunning)}</p>
    ${
      isRunning &&
      html`<progress
        aria-label="Connections tested"
        max=${names.length}
        value=${results.size}
      ></progress>`
    }
    <ul class="findings">
      ${names
        .filter((name) => results.has(name))
        .map(
          (name) =>
            html`<li key=${name}>
              <h3>${name}</h3>
              <ul>
                ${results
                  .get(name)
                  .map(
                    ({ level, message }, index) =>
                      html`<li key=${index} class="finding">
                        <span class=${`badge ${LEVELS[level] ?? ''}`}>${level}</span
                        ><span>${message}</span>
                      </li>`,
                  )}
              </ul>
            </li>`,
        )}
    </ul>
  </section>`;
}

async function check(name, api, signal) {
  try {
    const { findings } = await api.post(`check/${encodeURIComponent(name)}`, {}, signal);
    if (findings.length > 0) return findings;
    return [{ level: 'ok', message: 'The connector has no test of its own and reports nothing.' }];
  } catch (error) {
    return [{ level: 'error', message: error.message }];
  }
}

function statusOf(results, names, isRunning) {
  if (isRunning)
    return `${results.size} of ${formatCount(names.length, 'connection')} tested, at most 30 s each …`;
  if (results.size === 0) return 'Signs in to each CRM and says what is missing.';
  const levels = [...results.values()].flat().map(({ level }) => level);
  const count = (level) => levels.filter((one) => one === level).length;
  if (count('error') > 0)
    return `Done: ${formatCount(count('error'), 'error')}, ${formatCount(count('warning'), 'warning')}.`;
  if (count('warning') > 0) return `Done: no error, ${formatCount(count('warning'), 'warning')}.`;
  return 'Done: nothing is missing.';
}
