import { html } from './html.js';
import { useState } from 'preact/hooks';

const FAILED = 'The browser does not allow it. Select the text and copy it by hand.';

/**
 * @param {{ load: () => string | Promise<string>, label?: string }} props `load` is asked for the text when the button is used.
 */
export function CopyButton({ load, label = 'Copy' }) {
  const [status, setStatus] = useState('');

  async function copy() {
    try {
      await navigator.clipboard.writeText(await load());
      setStatus('Copied.');
    } catch (error) {
      setStatus(error?.name === 'ServiceError' ? error.message : FAILED);
    }
  }

  return html`<button type="button" onClick=${copy}>${label}</button>
    <span class="hint" role="status">${status}</span>`;
}
