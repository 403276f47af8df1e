import { html } from '../html.js';

export function SetupTab() {
  return html`<p class="empty">Nothing here yet.</p>`;
}
