/** Answers of a CRM that cost a parser seconds: every connector takes them for a bad response, and other requests do not wait. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import hubspot from '../../connectors/hubspot/index.ts';
import salesforce from '../../connectors/salesforce/index.ts';
import type { Connector } from '../../src/connector/index.ts';
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
