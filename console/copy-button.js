import { html } from './html.js';
import { useState } from 'preact/hooks';

const FAILED = 'The browser does not allow it. Select the text and copy it by hand.';

/**
 * @param {{ load: () => string | Promise<string>, label?: string }} props `load` is asked for the text when the button is used.
 */
export function CopyButton({ load, label = 'Copy' }) {
  const [status, setStatus] = useState('');
  const copy = async () => setStatus(await copyText(load, 'Copied.'));
  return html`<button type="button" onClick=${copy}>${label}</button>
    <span class="hint" role="status">${status}</span>`;
}

/**
 * Puts a text on the clipboard.
 * @param {() => string | Promise<string>} load @param {string} done @returns {Promise<string>} `done`, or why not.
 */
export async function copyText(load, done) {
  try {
    await navigator.clipboard.writeText(await load());
    return done;
  } catch (error) {
    return error?.name === 'ServiceError' ? error.message : FAILED;
  }
}
