import { html } from '../html.js';
import { formatTime } from '../format.js';

/** The CRM's API calls: how many are used, and the reserve that the bridge does not touch. */
export function QuotaBar({ quota: { used, limit, resetsAt }, reserve }) {
  const share = limit > 0 ? Math.min(1, used / limit) : 1;
  const usable = 1 - reserve;
  const tone = share >= usable ? 'bad' : share >= 0.8 * usable ? 'warn' : '';
  const words = `${used.toLocaleString()} of ${limit.toLocaleString()} API calls used`;
  const reset = resetsAt === undefined ? '' : `, renewed ${formatTime(resetsAt)}`;
  return html`<div class="quota">
    <p class="hint">${`${words}, ${Math.round(100 * reserve)} % kept in reserve${reset}`}</p>
    <div
      class=${`quota-bar ${tone}`}
      role="meter"
      aria-label="API calls"
      aria-valuemin="0"
      aria-valuemax=${limit}
      aria-valuenow=${Math.min(used, limit)}
      aria-valuetext=${words}
    >
      <span class="used" style=${{ width: `${100 * share}%` }}></span>
      <span class="reserve" style=${{ width: `${100 * reserve}%` }}></span>
    </div>
  </div>`;
}
