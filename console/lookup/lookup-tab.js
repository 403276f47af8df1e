import { html } from '../html.js';
import { EmailField } from '../email-field.js';
import { useState } from 'preact/hooks';
import { formatCount } from '../format.js';
import { TenantField } from '../tenant-field.js';
import { useRequest } from '../use-request.js';
import { LookupResult } from './lookup-result.js';

/** One person, looked up as the public route does it. The address travels in the body of a POST and is kept nowhere. */
export function LookupTab({ overview, tenant, selectTenant, api }) {
  const [email, setEmail] = useState('');
  const lookup = useRequest();
  const forget = useRequest();
  const [status, setStatus] = useState('');
  const shown = lookup.data;

  function lookUp(person, pastCache) {
    setStatus(pastCache ? 'Asking the CRM …' : 'Looking up …');
    void lookup.run(async (signal) => {
      const start = performance.now();
      const answer = await api.post('lookup', { ...person, pastCache }, signal);
      setStatus(`${answer.tenant}: ${answer.outcome}`);
      return { person, answer, roundTripMs: performance.now() - start };
    });
  }

  function dropPerson(person) {
    setStatus('Forgetting …');
    void forget.run(async (signal) => {
      const { dropped } = await api.post('forget', person, signal);
      setStatus(
        dropped === 0
          ? 'Nothing was cached for this person.'
          : `Forgot ${formatCount(dropped, 'cached answer')}. The next lookup asks the CRM.`,
      );
    });
  }

  function onSubmit(event) {
    event.preventDefault();
    lookUp({ tenant, email }, false);
  }

  const error = lookup.error ?? forget.error;
  return html`<form class="card lookup-form" onSubmit=${onSubmit}>
      <${TenantField} tenants=${overview.tenants} tenant=${tenant} selectTenant=${selectTenant} />
      <${EmailField} email=${email} setEmail=${setEmail} />
      <button class="primary">Look up</button>
    </form>
    <p class="lookup-status hint" role="status">${error === undefined ? status : ''}</p>
    ${error !== undefined && html`<p class="notice bad" role="alert">${error.message}</p>`}
    ${
      shown === undefined
        ? error === undefined &&
          html`<p class="empty">
            ${lookup.pending ? 'Looking up …' : 'Type an address to see what an agent would see.'}
          </p>`
        : html`<${LookupResult}
            ...${shown}
            busy=${lookup.pending}
            onAskAgain=${() => lookUp(shown.person, true)}
            onForget=${() => dropPerson(shown.person)}
          />`
    }`;
}
