import { html } from '../html.js';

export function StatusTab() {
  return html`<p class="empty">Nothing here yet.</p>`;
}
