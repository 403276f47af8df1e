import { html } from '../html.js';
import { formatTime } from '../format.js';

/** A light that turns green with the tenant's first request on the public route. */
export function FirstRequest({ tenant: { lastRequest, timeZone }, refused }) {
  const [tone, words] =
    lastRequest === undefined
      ? ['waiting', "Waiting for SnapEngage's first request"]
      : ['good', 'The first request has arrived'];
  return html`<div class=${`first-request ${tone}`} role="status">
    <span class="light" aria-hidden="true"></span>
    <div>
      <p class="first-request-words">${words}</p>
      <p class="hint">${detailOf(lastRequest, timeZone, refused)}</p>
    </div>
  </div>`;
}

function detailOf(lastRequest, timeZone, refused) {
  if (lastRequest !== undefined) {
    const outcome = OUTCOMES[lastRequest.outcome] ?? lastRequest.outcome;
    return `The latest came ${formatTime(lastRequest.time, timeZone)}: ${outcome}.`;
  }
  if (refused === 0)
    return 'Start a chat on your site with an e-mail address. Lookups on this page do not count.';
  const requests = refused === 1 ? 'One request' : `${refused.toLocaleString()} requests`;
  return `${requests} with a wrong key or tenant came in the last 15 minutes: compare the URL in SnapEngage.`;
}

const OUTCOMES = {
  found: 'the person is known',
  not_found: 'the person is not known',
  no_email: 'without a usable e-mail address',
  unavailable: 'no CRM answered, see Status',
  rate_limited: 'refused, it is above the rate limit of the tenant',
  bad_request: 'refused, it had no parameter email; a browser sends none either',
};
