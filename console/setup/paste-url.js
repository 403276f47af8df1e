import { html } from '../html.js';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { CopyButton } from '../copy-button.js';
import { usePolling } from '../polling.js';
import { useRequest } from '../use-request.js';
import { warningsFor } from './url-warnings.js';

const POLL_MS = 5000;
const MASK = '••••••••••••';

/** The URL of one tenant. Its key is masked until it is asked for, and again when the tab is left. */
export function PasteUrl({ tenant, active, api }) {
  const key = useRequest();
  const [isShown, show] = useState(false);
  const path = encodeURIComponent(tenant);

  const load = useCallback((signal) => api.get(`set-up/${path}`, signal), [api, path]);
  const { data: setUp, error } = usePolling(load, { everyMs: POLL_MS, active });
  useEffect(() => {
    if (!active) show(false);
  }, [active]);

  const loadKey = async (signal) => (await api.post(`set-up/${path}/key`, {}, signal)).key;

  function toggle() {
    if (isShown) {
      show(false);
      return;
    }
    void key.run(async (signal) => {
      const loaded = await loadKey(signal);
      show(true);
      return loaded;
    });
  }

  return html`<section class="card paste-url">
    <h2>URL to paste</h2>
    ${error !== undefined && html`<p class="notice bad" role="alert">${error.message}</p>`}
    ${setUp === undefined ? error === undefined && html`<p class="hint">Loading …</p>` : content(setUp)}
  </section>`;

  function content({ publicUrl, listenerUrl, path: urlPath, keys, isLimitedToNetworks }) {
    const start = `${publicUrl ?? listenerUrl ?? ''}${urlPath}`;
    const hasKey = keys.some(({ isDigest }) => !isDigest);
    const end = !hasKey ? 'KEY' : isShown && key.data !== undefined ? key.data : MASK;
    return html`<code class="url">${start}<mark>${end}</mark></code>
      ${
        hasKey
          ? html`<div class="actions">
              <button type="button" aria-pressed=${String(isShown)} onClick=${toggle}>
                ${isShown ? 'Hide key' : 'Show key'}
              </button>
              <${CopyButton} label="Copy URL" load=${async () => start + (await loadKey())} />
            </div>`
          : html`<p class="hint">
              The configuration has only the digests of the keys, so put the key you made in place
              of KEY.
            </p>`
      }
      ${key.error !== undefined && html`<p class="notice bad" role="alert">${key.error.message}</p>`}
      ${warningsFor({ publicUrl, listenerUrl, isLimitedToNetworks }).map(
        (warning) => html`<p class="notice warn" key=${warning}>${warning}</p>`,
      )}
      <p class="hint">Treat the URL like a password: whoever has it can ask about any address.</p>`;
  }
}
