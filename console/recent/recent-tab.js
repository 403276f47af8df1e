import { html } from '../html.js';
import { formatMs, formatTime } from '../format.js';
import { usePolling } from '../polling.js';

const POLL_MS = 2000;

/** The last requests of the public route. What visitors typed is not among what the service keeps of them. */
export function RecentTab({ active, overview, api }) {
  const { data, error } = usePolling(api.recent, { everyMs: POLL_MS, active });
  if (data === undefined) {
    return error === undefined
      ? html`<p class="loading" role="status">Loading …</p>`
      : html`<p class="notice bad" role="alert">${error.message}</p>`;
  }
  const zones = new Map(overview.tenants.map(({ id, timeZone }) => [id, timeZone]));
  const { requests } = data;
  return html`<p class=${`recent-head hint${error === undefined ? '' : ' bad'}`}>
      ${
        error?.message ??
        'The last 100 requests since the start, the newest first, each in the zone of its tenant. It updates by itself.'
      }
    </p>
    <div class="card recent">
      ${
        requests.length === 0
          ? html`<p class="empty">
              No request yet. Those of SnapEngage appear here; lookups on this page do not.
            </p>`
          : html`<div class="scroll" tabindex="0" role="region" aria-label="Recent requests">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Time</th>
                    <th scope="col">Tenant</th>
                    <th scope="col">Outcome</th>
                    <th scope="col">Cache</th>
                    <th scope="col" class="number">Took</th>
                    <th scope="col">Request id</th>
                  </tr>
                </thead>
                <tbody>
                  ${requests.map(
                    (request) =>
                      html`<${RequestRow}
                        key=${`${request.time} ${request.requestId}`}
                        request=${request}
                        timeZone=${zones.get(request.tenant)}
                      />`,
                  )}
                </tbody>
              </table>
            </div>`
      }
    </div>`;
}

const TONES = {
  found: 'good',
  unavailable: 'bad',
  unauthorized: 'warn',
  rate_limited: 'warn',
  bad_request: 'warn',
  draining: 'warn',
};

function RequestRow({ request: { time, tenant, outcome, cache, ms, requestId }, timeZone }) {
  return html`<tr>
    <td><time datetime=${time}>${formatTime(time, timeZone)}</time></td>
    <td>${tenant ?? html`<span class="muted">–</span>`}</td>
    <td><span class=${`badge ${TONES[outcome] ?? ''}`}>${outcome.replaceAll('_', ' ')}</span></td>
    <td>${cache ?? html`<span class="muted">–</span>`}</td>
    <td class="number">${formatMs(ms)}</td>
    <td><code>${requestId}</code></td>
  </tr>`;
}
