/** A CRM that is slow with a part of a person: the rest is shown, and the circuit stays closed. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import supertest from 'supertest';
import type { Source } from '../src/model/outcome.ts';
import { hubspotYaml } from './support/crm-yaml.ts';
import { startHubSpotEmulator } from './support/hubspot/emulator.ts';
import { people } from './support/hubspot/people.ts';
import { bridgeYaml, startService, type Service } from './support/service.ts';

const KEY = 'acme-key-0123456789';
const PATH = `/v1/acme/contact/${KEY}`;

const yaml = (connection: string, tenant = 'connections: [crm]', more = '') =>
  bridgeYaml(`
connections:
  crm: ${connection}
  directory: { connector: csv, file: people.csv }
tenants: { acme: { keys: [${KEY}], ${tenant}, deadline: 500ms, json: true } }
${more}
`);

describe('a person of whom a part is slow', () => {
  let service: Service | undefined;
  let closeCrm: () => unknown;
  afterEach(async () => {
    await service?.close();
    await closeCrm();
  });

  const start = async (connection: string, tenant?: string, more?: string) => {
    const file = 'email,name\njane@acme.example,Jane of the list\n';
    service = await startService({
      files: { 'bridge.yaml': yaml(connection, tenant, more), 'people.csv': file },
    });
    return service;
  };
  const ask = async (email: string) => {
    const answer = await supertest(service?.url ?? '')
      .get(`${PATH}?email=${encodeURIComponent(email)}`)
      .accept('application/json');
    return answer.body as {
      readonly outcome: string;
      readonly text: string;
      readonly source: Source;
      readonly profile: {
        readonly contact?: { readonly name: string };
        readonly tickets: object[];
      };
    };
  };
  const circuit = async () => {
    const { text } = await supertest(service?.opsUrl ?? '').get('/health');
    return /"circuit": "(\w+)"/.exec(text)?.[1];
  };

  it('is shown without it from HubSpot, time after time, and whole when it is fast again', async () => {
    const crm = await startHubSpotEmulator();
    closeCrm = () => crm.close();
    crm.faults.inject('hang', { only: /deals/ });
    await start(`${hubspotYaml(crm)}\n  other: { connector: csv, file: people.csv }`);
    for (let n = 0; n < 7; n += 1) {
      const { outcome, text, source } = await ask(people.maria);
      expect([n, outcome, source.missing]).to.deep.equal([n, 'found', ['deals']]);
      expect(text).to.match(/Not available now: deals\./);
      await supertest(service?.opsUrl ?? '')
        .delete('/cache/acme')
        .query({ email: people.maria });
    }
    expect(await circuit()).to.equal('closed');
    crm.faults.clear();
    expect((await ask(people.maria)).source.missing).to.deep.equal([]);
  });

  it('is shown whole as it was, when it has been whole before', async () => {
    const crm = await startHubSpotEmulator();
    closeCrm = () => crm.close();
    await start(hubspotYaml(crm), 'connections: [crm]', 'cache: { ttl: 1s, notFoundTtl: 1s }');
    expect((await ask(people.maria)).source).to.include({ stale: false, partial: false });
    crm.faults.inject('hang', { only: /deals/ });
    await pause(1100);
    for (let n = 0; n < 3; n += 1) {
      const { outcome, source } = await ask(people.maria);
      expect([n, outcome]).to.deep.equal([n, 'found']);
      expect(source).to.include({ stale: true, partial: false });
      await pause(900); // longer than a lookup may take
    }
  });

  describe('of an HTTP API', () => {
    let api: Server;
    let slow: Set<string>;
    let limited: Set<string>;
    let asked: string[];
    beforeEach(async () => {
      slow = new Set(['/deals']);
      limited = new Set();
      asked = [];
      api = createServer((request, response) => {
        const { pathname } = new URL(request.url ?? '/', 'http://localhost');
        asked.push(pathname);
        if (limited.has(pathname)) {
          response.writeHead(429, { 'Retry-After': '60' }).end();
          return;
        }
        if (slow.has(pathname)) return;
        const rows =
          pathname === '/person'
            ? [{ email: 'jane@acme.example', name: 'Jane Doe' }]
            : [{ subject: 'No sound', name: 'Renewal', open: true }];
        response.setHeader('Content-Type', 'application/json').end(JSON.stringify(rows));
      });
      await once(api.listen(0, '127.0.0.1'), 'listening');
      closeCrm = () => {
        api.closeAllConnections();
        api.close();
      };
    });
    const connection = () =>
      `{ connector: rest, baseUrl: "http://127.0.0.1:${(api.address() as AddressInfo).port}", person: { get: person, match: email, map: { name: name } }, deals: { get: deals, map: { name: name, open: open } }, tickets: { get: tickets, map: { subject: subject, open: open } } }`;

    it('is shown without it', async () => {
      await start(connection());
      const { outcome, source, profile } = await ask('jane@acme.example');
      expect([outcome, source.missing]).to.deep.equal(['found', ['deals']]);
      expect(profile.contact?.name).to.equal('Jane Doe');
      expect(profile.tickets).to.have.length(1);
    });

    it('is shown without it when the API limits it, which then is not asked for 60 seconds', async () => {
      slow.clear();
      limited.add('/tickets');
      await start(connection());
      const { outcome, source, profile } = await ask('jane@acme.example');
      expect(outcome).to.equal('found');
      expect(source.missing).to.include('tickets');
      expect(profile.contact?.name).to.equal('Jane Doe');
      expect(await circuit()).to.equal('open');
      asked.splice(0);
      expect((await ask('joe@acme.example')).outcome).to.equal('unavailable');
      expect(asked).to.deep.equal([]);
    });

    it('is preferred to a later connection that has answered only with merge', async () => {
      await start(connection(), 'connections: [crm, directory]');
      const first = await ask('jane@acme.example');
      expect(first.source.connection).to.equal('directory');
      await service?.close();
      await start(connection(), 'connections: [crm, directory], strategy: merge');
      const merged = await ask('jane@acme.example');
      expect(merged.source).to.include({ connection: 'crm, directory' });
      expect(merged.source.missing).to.deep.equal(['deals']);
      expect(merged.profile.contact?.name).to.equal('Jane Doe');
    });

    it('leaves the whole person in the cache that is asked for again past it', async () => {
      slow.clear();
      await start(connection());
      expect((await ask('jane@acme.example')).source.missing).to.deep.equal([]);
      slow.add('/deals');
      const past = { tenant: 'acme', email: 'jane@acme.example', pastCache: true };
      const answer = await supertest(service?.opsUrl ?? '')
        .post('/console/api/lookup')
        .send(past);
      expect(answer.body).to.include({ outcome: 'found' });
      await pause(500); // the lookup ends after the answer
      expect((await ask('jane@acme.example')).source.missing).to.deep.equal([]);
    });

    it('is not known when it is the person that is slow', async () => {
      slow.add('/person');
      await start(connection());
      expect((await ask('jane@acme.example')).outcome).to.equal('unavailable');
    });
  });
});
