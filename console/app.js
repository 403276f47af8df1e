/** The page: its header with the tabs, and a panel for each tab that was opened. */
import { html } from './html.js';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { api } from './api.js';
import { usePolling } from './polling.js';
import { ServiceState } from './service-state.js';
import { TabBar } from './tab-bar.js';
import { TABS } from './tabs.js';

const POLL_MS = 3000;
/** For the styles that a library adds. */
const NONCE = document.body.dataset.nonce;

const loadOverview = (signal) => api.get('overview', signal);

/**
 * What a tab gets.
 * @typedef {object} TabProps
 * @property {boolean} active whether it is shown; a hidden tab keeps its state and should ask for nothing.
 * @property {object} overview the latest answer of `GET /console/api/overview`.
 * @property {string} updatedAt when `overview` came, ISO 8601.
 * @property {Error | undefined} error why there is no later one.
 * @property {string} tenant the id of the tenant that was chosen, on whatever tab.
 * @property {(id: string) => void} selectTenant
 * @property {typeof api} api
 * @property {() => void} refresh asks for the overview now.
 * @property {string} nonce
 */

export function App() {
  const [current, select] = useHash();
  const [opened, setOpened] = useState(() => new Set([current]));
  const [chosen, selectTenant] = useState('');
  const {
    data: overview,
    updatedAt,
    error,
    refresh,
  } = usePolling(loadOverview, { everyMs: POLL_MS });

  useEffect(() => {
    const tab = TABS.find(({ id }) => id === current);
    document.title = `${tab?.name ?? ''} · crm-bridge`;
    setOpened((before) => (before.has(current) ? before : new Set([...before, current])));
  }, [current]);

  const tenants = overview?.tenants ?? [];
  const tenant = tenants.some(({ id }) => id === chosen) ? chosen : (tenants[0]?.id ?? '');
  return html`<header class="page-head">
      <p class="brand"><span class="mark" aria-hidden="true"></span>crm-bridge</p>
      <${TabBar} tabs=${TABS} current=${current} onSelect=${select} />
      <${ServiceState} overview=${overview} error=${error} />
    </header>
    <main>
      ${TABS.filter(({ id }) => opened.has(id)).map(
        ({ id, name, wide, Tab }) =>
          html`<section
            key=${id}
            id=${`panel-${id}`}
            class=${wide ? 'panel wide' : 'panel'}
            role="tabpanel"
            aria-labelledby=${`tab-${id}`}
            hidden=${id !== current}
          >
            <h1 class="visually-hidden">${name}</h1>
            ${
              overview === undefined
                ? html`<${Waiting} error=${error} />`
                : html`<${Tab}
                    active=${id === current}
                    overview=${overview}
                    updatedAt=${updatedAt}
                    error=${error}
                    tenant=${tenant}
                    selectTenant=${selectTenant}
                    api=${api}
                    refresh=${refresh}
                    nonce=${NONCE}
                  />`
            }
          </section>`,
      )}
    </main>`;
}

function Waiting({ error }) {
  return error === undefined
    ? html`<p class="loading" role="status">Loading …</p>`
    : html`<p class="notice bad" role="alert">${error.message}</p>`;
}

/** The tab in the address, so that a reload and a bookmark show it again. */
function useHash() {
  const read = useCallback(() => {
    const id = location.hash.slice(1);
    return TABS.some((tab) => tab.id === id) ? id : TABS[0].id;
  }, []);
  const [current, setCurrent] = useState(read);
  useEffect(() => {
    const onChange = () => setCurrent(read());
    window.addEventListener('hashchange', onChange);
    return () => window.removeEventListener('hashchange', onChange);
  }, [read]);
  return [current, (id) => (location.hash = id)];
}
