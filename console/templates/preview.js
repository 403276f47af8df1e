import { html } from '../html.js';
import { EmailField } from '../email-field.js';
import { useEffect, useState } from 'preact/hooks';
import { AgentText } from '../agent-text.js';
import { formatTime } from '../format.js';
import { OUTCOME_NAMES } from './file-list.js';
import { afterTyping } from './use-check.js';

const SAMPLES = {
  customer: 'Jane Doe, a customer (sample)',
  lead: 'Léa Martin, a new lead (sample)',
};

/** What an agent would read, as every outcome at once: for a sample or a real person, at any time. */
export function Preview({ tenant, set, texts, current, active, api, onFields }) {
  const [person, setPerson] = useState({ sample: 'customer' });
  const [at, setAt] = useState('');
  const { data, error, pending } = usePreview({ tenant, set, texts, active, api, person, at });

  useEffect(() => {
    if (data !== undefined) onFields(data.fields);
  }, [data, onFields]);

  const hasMistakes = data?.hasMistakes === true;
  return html`<section class="template-preview" aria-label="Preview" aria-busy=${String(pending)}>
    <h2>What the agent sees</h2>
    <${PersonChooser} person=${person} setPerson=${setPerson} samples=${set.samples} />
    <${TimeChooser} at=${at} setAt=${setAt} timeZone=${set.timeZone} />
    <p class="preview-state hint" role="status">
      ${error === undefined ? stateOf(data, hasMistakes, set) : ''}
    </p>
    ${error !== undefined && html`<p class="notice bad" role="alert">${error.message}</p>`}
    <div class=${hasMistakes || error !== undefined ? 'outcomes outdated' : 'outcomes'}>
      ${(data?.previews ?? []).map(
        (preview) =>
          html`<${Outcome}
            key=${preview.as}
            preview=${preview}
            data=${data}
            set=${set}
            isCurrent=${current === fileOf(preview.as)}
          />`,
      )}
    </div>
  </section>`;
}

function Outcome({ preview: { as, text, failure }, data, set, isCurrent }) {
  return html`<article class=${isCurrent ? 'outcome current' : 'outcome'}>
    <h3>${OUTCOME_NAMES[as]} <span class="hint">${fileOf(as)}</span></h3>
    ${
      failure !== undefined &&
      html`<p class="notice warn">
        The template fails, so agents see the text of the product: ${failure}
      </p>`
    }
    ${
      text === undefined
        ? html`<p class="hint">${whyNot(data)}</p>`
        : html`<${AgentText} text=${text} lineSeparator=${set.lineSeparator} />`
    }
  </article>`;
}

function PersonChooser({ person, setPerson, samples }) {
  const [isReal, setReal] = useState(false);
  const [email, setEmail] = useState('');
  function choose(value) {
    setReal(value === 'real');
    if (value !== 'real') setPerson({ sample: value });
  }
  function show(event) {
    event.preventDefault();
    if (email.trim() !== '') setPerson({ email: email.trim() });
  }
  return html`<form class="person-chooser" onSubmit=${show}>
    <label class="field">
      Person
      <select
        value=${isReal ? 'real' : person.sample}
        onChange=${(event) => choose(event.target.value)}
      >
        ${samples.map((name) => html`<option key=${name} value=${name}>${SAMPLES[name] ?? name}</option>`)}
        <option value="real">A person in the CRM …</option>
      </select>
    </label>
    ${isReal && html`<${EmailField} email=${email} setEmail=${setEmail} /> <button>Show</button>`}
  </form>`;
}

function TimeChooser({ at, setAt, timeZone }) {
  const isNow = at === '';
  return html`<div class="time-chooser">
    <label class="field">
      ${`Time (${timeZone})`}
      <input type="datetime-local" value=${at} onInput=${(event) => setAt(event.target.value)} />
    </label>
    <button type="button" disabled=${isNow} onClick=${() => setAt('')}>Now</button>
  </div>`;
}

/** Asks a moment after the latest change; an answer to an earlier question is not shown. */
function usePreview({ tenant, set, texts, active, api, person, at }) {
  const [state, setState] = useState({ data: undefined, error: undefined, pending: true });
  useEffect(() => {
    if (!active) return undefined;
    setState((before) => ({ ...before, pending: true }));
    return afterTyping(async (signal) => {
      try {
        const body = { texts, ...person, ...(at === '' ? {} : { at }) };
        const path = `templates/${encodeURIComponent(tenant)}/preview`;
        const data = await api.post(path, body, signal);
        if (signal.aborted) return;
        setState((before) => ({
          data: keepTexts(data, before.data),
          error: undefined,
          pending: false,
        }));
      } catch (error) {
        if (!signal.aborted) setState((before) => ({ ...before, error, pending: false }));
      }
    });
  }, [api, tenant, set, texts, active, person, at]);
  return state;
}

/** While there are mistakes, the texts of before stay. */
function keepTexts(data, before) {
  return data.previews.length > 0 ? data : { ...data, previews: before?.previews ?? [] };
}

function stateOf(data, hasMistakes, { timeZone }) {
  if (data === undefined) return 'Loading …';
  if (hasMistakes) {
    const rest =
      data.previews.length > 0 ? 'Below are the texts of before.' : 'There is no text yet.';
    return `There are mistakes. ${rest}`;
  }
  const name = data.person.name === null ? '' : `${data.person.name}, `;
  return `${name}${formatTime(data.at, timeZone)}`;
}

function whyNot({ outcome, missing }) {
  switch (outcome) {
    case 'not_found':
      return 'Not known in the CRM, so there is no such text for this address.';
    case 'no_email':
      return 'This is no address that is looked up, so there is no such text.';
    default:
      return `There was no answer from ${missing.join(', ') || 'the CRM'}. Please try again, or take a sample.`;
  }
}

function fileOf(as) {
  return `${as === 'stale' ? 'found' : as}.liquid`;
}
