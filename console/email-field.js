import { html } from './html.js';

/** @param {{ email: string, setEmail: (email: string) => void }} props */
export function EmailField({ email, setEmail }) {
  return html`<label class="field">
    E-mail
    <input
      type="text"
      inputmode="email"
      autocomplete="off"
      autocapitalize="off"
      spellcheck=${false}
      value=${email}
      onInput=${(event) => setEmail(event.target.value)}
    />
  </label>`;
}
