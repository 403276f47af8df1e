/** Answers of a CRM that cost a parser seconds: every connector takes them for a bad response, and other requests do not wait. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import hubspot from '../../connectors/hubspot/index.ts';
import salesforce from '../../connectors/salesforce/index.ts';
import { openHttpPool, type Connector } from '../../src/connector/index.ts';
import { connectorContext } from '../../src/connector/testing/context.ts';
import { HOSTILE_BODIES, hostileBody, type Body } from '../support/hostile-bodies.ts';
import { longestTurn } from '../support/longest-turn.ts';
import { kindOf, never, usualSettings } from '../support/salesforce/open.ts';

const OPEN: Readonly<Record<string, (url: string) => Promise<Connector>>> = {
  salesforce: async (url) =>
    salesforce.open(salesforce.settings.parse(usualSettings(url)), connectorContext()),
  hubspot: async (url) =>
    hubspot.open(
      hubspot.settings.parse({ baseUrl: url, accessToken: 'token' }),
      connectorContext(),
    ),
};
/** So that others wait for less than 200 ms. */
const MAX_TURN_MS = 150;

/** Answers 200 requests once they are all there. */
const TOGETHER = `
  const { createServer } = require('node:http');
  const { parentPort, workerData } = require('node:worker_threads');
  const waiting = [];
  const server = createServer((_, response) => {
    if (waiting.push(response) < 200) return;
    for (const each of waiting)
      each.writeHead(200, { 'content-type': 'application/json' }).end(workerData);
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

describe('an answer that holds up a parser', () => {
  let server: Server;
  let url: string;
  let sent: Body;
  let status: number;

  before(async () => {
    server = createServer((request, response) => {
      if (request.url === '/services/oauth2/token') {
        response.writeHead(200, { 'content-type': 'application/json' });
        return void response.end(JSON.stringify({ access_token: 'token', instance_url: url }));
      }
      const { type, encoding, bytes } = sent;
      response.writeHead(status, {
        'content-type': type,
        ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
      });
      response.end(bytes);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  it('holds up nothing else when 200 smaller ones come at once', async () => {
    const rows = Array.from({ length: 3000 }, (_, n) => ({ [`key ${n}`]: 1, [`other ${n}`]: 'x' }));
    // In its own thread, so that its answers do arrive together.
    const api = new Worker(TOGETHER, { eval: true, workerData: JSON.stringify(rows) });
    const [port] = (await once(api, 'message')) as [number];
    const pool = await openHttpPool({
      clock: { monotonic: () => performance.now() },
      limits: { ...connectorContext().limits, concurrency: 200 },
      recordRequest: () => undefined,
    });
    const ask = async () => {
      const request = { operation: 'list', url: `http://127.0.0.1:${port}/`, signal: never() };
      return (await pool.send(request)).json();
    };
    const longest = await longestTurn(() => Promise.all(Array.from({ length: 200 }, ask)));
    await pool.close();
    await api.terminate();
    expect(longest).to.be.below(2 * MAX_TURN_MS);
  });

  for (const [name, open] of Object.entries(OPEN)) {
    for (const body of HOSTILE_BODIES) {
      it(`of ${name}, ${body}, is a bad response and holds up nothing else`, async () => {
        sent = hostileBody(body);
        for (status of [200, 400]) {
          const connector = await open(url);
          let kind: unknown;
          const longest = await longestTurn(async () => {
            kind = await kindOf(connector.lookup('jane@acme.example', { signal: never() }));
          });
          await connector.close?.();
          expect(kind).to.be.oneOf(
            status === 200 ? ['bad_response'] : ['bad_response', 'misconfigured'],
          );
          expect(longest).to.be.below(MAX_TURN_MS);
        }
      });
    }
  }
});
