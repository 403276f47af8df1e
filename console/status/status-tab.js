import { html } from '../html.js';
import { formatClock, formatCount, formatMegabytes, formatNumber, formatTime } from '../format.js';
import { Activity } from './activity.js';
import { Attention } from './attention.js';
import { ConnectionCard } from './connection-card.js';
import { ReloadProblems } from './reload-problems.js';
import { SettingsInUse } from './settings-in-use.js';

/** How the service is, and what to do where something fails. */
export function StatusTab({ overview, updatedAt, error, api, refresh }) {
  const { activity, connections, tenants, configuration, cache } = overview;
  const tenantsOf = groupByConnection(tenants);
  return html`<p class=${`status-head hint${error === undefined ? '' : ' bad'}`}>
      ${
        error === undefined
          ? `Up to date at ${formatClock(updatedAt)}, renewed every few seconds.`
          : `${error.message} The figures are those of ${formatClock(updatedAt)}.`
      }
    </p>
    <${Attention} connections=${connections} configuration=${configuration} />
    <${Activity} activity=${activity} />
    <div class="status-parts">
      <section class="connections" aria-labelledby="status-connections">
        <h2 id="status-connections">Connections</h2>
        ${connections.map(
          (connection) =>
            html`<${ConnectionCard}
              key=${connection.name}
              connection=${connection}
              tenants=${tenantsOf.get(connection.name) ?? []}
              api=${api}
              refresh=${refresh}
            />`,
        )}
        ${connections.length === 0 && html`<p class="card hint">The configuration has none yet.</p>`}
      </section>
      <div class="status-side">
        <section class="card" aria-labelledby="status-configuration">
          <h2 id="status-configuration">Configuration</h2>
          <dl class="facts">
            <${Fact} name="File" value=${configuration.file} />
            <${Fact} name="Loaded" value=${formatTime(configuration.loadedAt)} />
            <${Fact} name="Tenants" value=${formatCount(tenants.length, 'tenant')} />
          </dl>
          <${ReloadProblems} configuration=${configuration} />
          <${SettingsInUse} key=${configuration.loadedAt} api=${api} />
        </section>
        <section class="card" aria-labelledby="status-service">
          <h2 id="status-service">Service</h2>
          <dl class="facts">
            <${Fact} name="Version" value=${overview.version} />
            <${Fact} name="Running for" value=${formatUptime(overview.uptimeSeconds)} />
            <${Fact}
              name="Cache"
              value=${`${formatCount(cache.entries, 'entry', 'entries')} of ${cache.maxEntries.toLocaleString()}, ${formatMegabytes(cache.size)} of ${formatMegabytes(cache.maxSize)}`}
            />
            <${Fact}
              name="Hit ratio"
              value=${cache.hitRatio === null ? 'no lookup yet' : `${formatNumber(100 * cache.hitRatio)} % since the start`}
            />
          </dl>
        </section>
      </div>
    </div>`;
}

function Fact({ name, value }) {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;
}

/** @returns {Map<string, string[]>} the ids of the tenants that ask each connection. */
function groupByConnection(tenants) {
  const groups = new Map();
  for (const { id, connections } of tenants) {
    for (const name of connections) groups.set(name, [...(groups.get(name) ?? []), id]);
  }
  return groups;
}

function formatUptime(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return formatCount(seconds, 'second');
  if (minutes < 120) return formatCount(minutes, 'minute');
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? formatCount(hours, 'hour') : formatCount(Math.floor(hours / 24), 'day');
}
