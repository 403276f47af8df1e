import { html } from '../html.js';
import { useRequest } from '../use-request.js';

/** All settings as they took effect: asked for when opened, since one file can have thousands of tenants. */
export function SettingsInUse({ api }) {
  const { data, error, run } = useRequest();
  const load = ({ currentTarget }) => {
    if (currentTarget.open) void run((signal) => api.get('configuration', signal));
  };
  return html`<details class="settings-in-use" onToggle=${load}>
    <summary>All settings in use</summary>
    <p class="hint">With defaults, times in milliseconds; secrets are hidden.</p>
    ${error !== undefined && html`<p class="notice bad" role="alert">${error.message}</p>`}
    ${data !== undefined && html`<pre class="excerpt" tabindex="0" aria-label="Settings in use">${JSON.stringify(data, null, 2)}</pre>`}
  </details>`;
}
