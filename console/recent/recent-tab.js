import { html } from '../html.js';

export function RecentTab() {
  return html`<p class="empty">Nothing here yet.</p>`;
}
