import { html } from '../html.js';

export function LookupTab() {
  return html`<p class="empty">Nothing here yet.</p>`;
}
