import { html } from '../html.js';

const PLUGIN = 'https://help.snapengage.com/how-to-add-the-snapengage-get-contact-open-api-plugin/';

/** What is done in SnapEngage, and what it needs. */
export function Instructions() {
  return html`<section class="card instructions">
    <h2>In SnapEngage</h2>
    <ol>
      <li>
        Open <strong>Settings → Integrations → Plugins → Get Contact OPEN API</strong>; there is a
        ${' '}<a href=${PLUGIN} target="_blank" rel="noreferrer">help page</a>.
      </li>
      <li>Tick <strong>Enable Get Contact open API plugin</strong>.</li>
      <li><strong>System Name</strong>: what agents see on the button, such as <em>CRM</em>.</li>
      <li><strong>URL</strong>: the one above, with the key.</li>
      <li>Save, then start a chat on your site with the e-mail address of a customer.</li>
      <li>Take the chat, open its contact tab and press the button with the System Name.</li>
    </ol>
    <h3>What SnapEngage needs</h3>
    <ul>
      <li>HTTPS on port 443, with a certificate that browsers trust.</li>
      <li>The final address: it may follow no redirect.</li>
      <li>An e-mail address of the visitor: from a form, from your page, or typed by the agent.</li>
    </ul>
  </section>`;
}
