import { html } from './html.js';

/** How the service is, in the header: shown on every tab. */
export function ServiceState({ overview, error }) {
  const [tone, words] = stateOf(overview, error);
  return html`<p class=${`service-state ${tone}`} role="status">
    <span class="dot" aria-hidden="true"></span>${words}
  </p>`;
}

function stateOf(overview, error) {
  if (error !== undefined) return ['bad', error.status === 401 ? 'Key refused' : 'Not connected'];
  if (overview === undefined) return ['', 'Connecting …'];
  if (overview.status === 'pass') return ['good', 'All good'];
  return overview.status === 'fail' ? ['bad', 'Not serving'] : ['warn', 'Needs attention'];
}
