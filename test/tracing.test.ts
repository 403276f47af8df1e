/** What OpenTelemetry gets to see of the whole service, over the emulated CRMs. */
import { setTimeout as delay } from 'node:timers/promises';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { expect } from 'chai';
import supertest from 'supertest';
import { agents, askTogether } from './support/agents.ts';
import { hubspotYaml, salesforceYaml } from './support/crm-yaml.ts';
import { startHubSpotEmulator, TOKEN, type HubSpotEmulator } from './support/hubspot/emulator.ts';
import { samplePeople } from './support/hubspot/people.ts';
import {
  CLIENT,
  startSalesforceEmulator,
  type SalesforceEmulator,
} from './support/salesforce/emulator.ts';
import { bridgeYaml, startService, type Service } from './support/service.ts';
import { recordSpans, wordsOf, type Telemetry } from './support/telemetry.ts';

const KEY = 'acme-key-0123456789';
const ROUTE = '/v1/{tenant}/contact/{key}';
const REQUEST = `GET ${ROUTE}`;
const JANE = 'jane.doe@acme.example';

describe('the spans of a request', () => {
  let telemetry: Telemetry;
  let salesforce: SalesforceEmulator;
  let hubspot: HubSpotEmulator;
  let service: Service;

  beforeEach(async () => {
    telemetry = recordSpans();
    salesforce = await startSalesforceEmulator();
    hubspot = await startHubSpotEmulator({ data: samplePeople() });
    service = await startService({
      files: {
        'bridge.yaml': bridgeYaml(`
connections:
  sales: ${salesforceYaml(salesforce)}
  marketing: ${hubspotYaml(hubspot)}
  moody: { connector: moody }
tenants:
  acme: { keys: [${KEY}], connections: [sales, marketing], strategy: merge, deadline: 5s }
  moody: { keys: [${KEY}], connections: [moody], deadline: 400ms }
cache: { ttl: 1s, notFoundTtl: 1s }
`),
      },
    });
  });
  afterEach(async () => {
    await service.close();
    await Promise.all([salesforce.close(), hubspot.close()]);
    await telemetry.close();
  });

  const ask = (tenant: string, email: string, headers: Record<string, string> = {}) =>
    supertest(service.url)
      .get(`/v1/${tenant}/contact/${KEY}?email=${encodeURIComponent(email)}`)
      .set(headers);

  it('are a tree from the request to what each CRM was asked', async () => {
    expect((await ask('acme', JANE)).headers['x-lookup-outcome']).to.equal('found');
    const [request] = await telemetry.ended(REQUEST);
    const tree = telemetry.tree(request?.spanContext().traceId ?? '');
    expect(tree.filter((line) => !line.startsWith('      '))).to.deep.equal([
      REQUEST,
      '  cache',
      '    connector',
      '  cache',
      '    connector',
      '  render',
    ]);
    const asked = tree.filter((line) => line.startsWith('      ')).map((line) => line.trim());
    // Which connection comes first is open: spans start by whole milliseconds.
    const sales = asked.slice(asked.indexOf('token'));
    expect(sales.slice(0, 2)).to.deep.equal(['token', 'composite']);
    expect(asked).to.include('batch/read contacts');
  });

  it('carry names and figures by the semantic conventions', async () => {
    await ask('acme', JANE);
    const [request] = await telemetry.ended(REQUEST);
    expect(request).to.include({ kind: SpanKind.SERVER });
    expect(request?.attributes).to.deep.equal({
      'http.request.method': 'GET',
      'http.route': ROUTE,
      'url.scheme': 'http',
      'http.response.status_code': 200,
      'crm_bridge.tenant': 'acme',
      'crm_bridge.outcome': 'found',
    });
    const cache = (await telemetry.ended('cache', 2)).find(isOfSales);
    expect(cache?.attributes).to.deep.equal({
      'crm_bridge.connection': 'sales',
      'crm_bridge.connector': 'salesforce',
      'crm_bridge.search': 'person',
      'crm_bridge.cache.event': 'miss',
      'crm_bridge.result': 'found',
    });
    const connector = (await telemetry.ended('connector', 2)).find(isOfSales);
    expect(connector?.attributes).to.deep.equal({
      'crm_bridge.connection': 'sales',
      'crm_bridge.connector': 'salesforce',
      'crm_bridge.search': 'person',
      'crm_bridge.batch.size': 1,
    });
    const [composite] = await telemetry.ended('composite');
    expect(composite).to.include({ kind: SpanKind.CLIENT });
    expect(composite?.attributes).to.include({
      'crm_bridge.connection': 'sales',
      'crm_bridge.connector': 'salesforce',
      'crm_bridge.crm.operation': 'composite',
      'http.response.status_code': 200,
    });
    for (const span of [composite, ...(await telemetry.ended('batch/read contacts'))]) {
      const id = span?.attributes['crm_bridge.crm.correlation_id'];
      expect(id).to.match(/^[0-9a-f-]{32,36}$/);
    }
    for (const { status } of telemetry.spans()) expect(status.code).to.equal(SpanStatusCode.UNSET);
  });

  it('end with the cache when it knows the answer', async () => {
    await ask('moody', 'jane@b.example');
    await telemetry.ended(REQUEST);
    telemetry.reset();
    await ask('moody', 'jane@b.example');
    const [request] = await telemetry.ended(REQUEST);
    expect(telemetry.tree(request?.spanContext().traceId ?? '')).to.deep.equal([
      REQUEST,
      '  cache',
      '  render',
    ]);
    const [cache] = await telemetry.ended('cache');
    expect(cache?.attributes).to.include({
      'crm_bridge.cache.event': 'hit',
      'crm_bridge.cache.age_seconds': 0,
    });
  });

  it('of a refusal are the request alone, with the reason', async () => {
    await supertest(service.url).get(`/v1/acme/contact/wrong?email=${JANE}`);
    await supertest(service.url).post(`/v1/acme/contact/${KEY}?email=${JANE}`);
    const [wrong] = await telemetry.ended(REQUEST);
    const [post] = await telemetry.ended(`POST ${ROUTE}`);
    expect(wrong?.attributes).to.include({
      'crm_bridge.outcome': 'unauthorized',
      'http.response.status_code': 401,
    });
    expect(wrong?.attributes).not.to.have.property('crm_bridge.tenant');
    expect(post?.attributes).to.include({
      'crm_bridge.outcome': 'method_not_allowed',
      'crm_bridge.tenant': 'acme',
    });
    expect(telemetry.spans()).to.have.length(2);
  });

  it('say by its class what went wrong, and in no words of the CRM', async () => {
    await ask('moody', 'down@b.example');
    const [request] = await telemetry.ended(REQUEST);
    const [cache] = await telemetry.ended('cache');
    const [connector] = await telemetry.ended('connector');
    const crm = await telemetry.ended('lookup', 2);
    for (const span of [request, cache, connector]) expectError(span, 'unavailable');
    for (const span of crm) expectError(span, '503');
    expect(connector?.events.map(({ name }) => name)).to.deep.equal(['retry']);
  });

  it('go on behind an answer that had to be given without the CRM', async () => {
    await ask('moody', 'hang@b.example');
    const [request] = await telemetry.ended(REQUEST);
    expectError(request, 'unavailable');
    const [connector] = await telemetry.ended('connector');
    expectError(connector, 'timeout');
    expect(telemetry.tree(request?.spanContext().traceId ?? '')).to.include('    connector');
    const end = (span?: ReadableSpan) =>
      (span?.endTime[0] ?? 0) * 1e3 + (span?.endTime[1] ?? 0) / 1e6;
    expect(end(connector)).to.be.above(end(request));
  });

  it('show that the circuit is open and no request was sent', async () => {
    for (let n = 0; n < 5; n += 1) await ask('moody', `down${n}@b.example`);
    telemetry.reset();
    await ask('moody', 'jane@b.example');
    const [connector] = await telemetry.ended('connector');
    expectError(connector, 'unavailable');
    expect(connector?.attributes).to.include({ 'crm_bridge.skipped': 'circuit open' });
  });

  it('continue the trace that a proxy names, and are left out when it says so', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const parent = 'b7ad6b7169203331';
    await ask('moody', 'a@b.example', { traceparent: `00-${traceId}-${parent}-00` });
    await ask('moody', 'b@b.example', { traceparent: `00-${traceId}-${parent}-01` });
    const [request] = await telemetry.ended(REQUEST);
    expect(request?.parentSpanContext).to.include({ traceId, spanId: parent, isRemote: true });
    for (const span of telemetry.spans()) expect(span.spanContext().traceId).to.equal(traceId);
    expect(telemetry.spans().filter(({ name }) => name === REQUEST)).to.have.length(1);
  });

  it('are found by the id in the line of the log', async () => {
    await ask('moody', 'jane@b.example');
    const [request] = await telemetry.ended(REQUEST);
    while (!service.output().includes('"request"')) await delay(1);
    const line = service
      .output()
      .split('\n')
      .find((text) => text.includes('"request"'));
    expect(JSON.parse(line ?? '')).to.include({ traceId: request?.spanContext().traceId });
  });

  it('of a batch are in one trace, and linked with the others that wait for it', async () => {
    const emails = Array.from({ length: 20 }, (_, n) => `slow-${n}@b.example`);
    await askTogether(service.url, `/v1/moody/contact/${KEY}`, emails);
    await telemetry.ended(REQUEST, emails.length);
    const connectors = telemetry.spans().filter(({ name }) => name === 'connector');
    const caches = telemetry.spans().filter(({ name }) => name === 'cache');
    const sizes = connectors.map(({ attributes }) => Number(attributes['crm_bridge.batch.size']));
    expect(sizes.reduce((sum, size) => sum + size, 0)).to.equal(emails.length);
    expect(Math.max(...sizes)).to.be.above(1);
    for (const [index, connector] of connectors.entries()) {
      expect(connector.links).to.have.length((sizes[index] ?? 0) - 1);
      for (const link of connector.links) {
        const cache = caches.find((span) => span.spanContext().spanId === link.context.spanId);
        expect(cache?.links[0]?.context.spanId).to.equal(connector.spanContext().spanId);
      }
    }
  });

  it('of a shared lookup are linked with the one that began it', async () => {
    const crowd = agents(service.url, `/v1/moody/contact/${KEY}`);
    await Promise.all([1, 2, 3].map(() => crowd.ask('slow@b.example')));
    crowd.close();
    await telemetry.ended(REQUEST, 3);
    const caches = telemetry.spans().filter(({ name }) => name === 'cache');
    const event = (span: ReadableSpan) => span.attributes['crm_bridge.cache.event'];
    const [miss] = caches.filter((span) => event(span) === 'miss');
    const collapsed = caches.filter((span) => event(span) === 'collapsed');
    expect(collapsed).to.have.length(2);
    for (const { links } of collapsed) {
      expect(links.map((link) => link.context.spanId)).to.deep.equal([miss?.spanContext().spanId]);
    }
  });

  it('hold no address, key, token, page, or word of a CRM', async () => {
    const visitor =
      'ip=203.0.113.77&url=https%3A%2F%2Fshop.example%2Fcart%3Fuser%3D9&caseId=case-of-jane';
    for (const mood of ['jane.doe', 'unknown', 'down', 'hang', 'broken', 'evil', '']) {
      const email = encodeURIComponent(
        mood === '' ? 'not-an-address-private' : `${mood}@acme.example`,
      );
      for (const tenant of ['acme', 'moody']) {
        await supertest(service.url)
          .get(`/v1/${tenant}/contact/${KEY}?email=${email}&${visitor}`)
          .set('X-Forwarded-For', '203.0.113.78')
          .set('X-Request-Id', 'request-of-jane.doe')
          .set('User-Agent', 'browser-of-private');
        await supertest(service.url).get(`/v1/${tenant}/contact/wrong-private?email=${email}`);
      }
    }
    await supertest(service.opsUrl).get(`/debug/lookup?tenant=moody&email=${JANE}`);
    salesforce.faults.add({ on: 'composite', kind: 'maintenance' });
    await ask('acme', 'new@acme.example');
    await telemetry.ended(REQUEST, 29);
    expect(telemetry.spans().length).to.be.above(60);
    for (const span of telemetry.spans()) {
      const words = wordsOf(span).replaceAll(ROUTE, '');
      for (const forbidden of [
        /@|private|jane|doe|secret|known |company of|platinum|renewal/i,
        /203\.0\.113|127\.0\.0\.1|::1|https?:\/\/|shop\.example|acme\.example/,
        new RegExp([KEY, TOKEN, CLIENT.clientId, CLIENT.clientSecret, 'wrong'].join('|')),
        /case-of|request-of|Bearer|00D/,
      ]) {
        expect(words).not.to.match(forbidden);
      }
    }
  });
});

describe('/debug/lookup over real CRMs', () => {
  it('has each request with status, time and the id for the support, and no secret', async () => {
    const salesforce = await startSalesforceEmulator();
    const hubspot = await startHubSpotEmulator({ data: samplePeople() });
    const service = await startService({
      files: {
        'bridge.yaml': bridgeYaml(`
connections:
  sales: ${salesforceYaml(salesforce)}
  marketing: ${hubspotYaml(hubspot)}
tenants: { acme: { keys: [${KEY}], connections: [sales, marketing], strategy: merge, deadline: 5s } }
`),
      },
    });
    const answer = await supertest(service.opsUrl).get(`/debug/lookup?tenant=acme&email=${JANE}`);
    await service.close();
    await Promise.all([salesforce.close(), hubspot.close()]);
    const { steps } = answer.body as { steps: Record<string, unknown>[] };
    const requests = steps.filter(({ step }) => step === 'crm request');
    expect(requests.map(({ operation }) => operation)).to.include.members([
      'token',
      'composite',
      'batch/read contacts',
    ]);
    for (const { status, ms, correlationId } of requests) {
      expect([200, 207, 404]).to.include(status);
      expect(ms).to.be.a('number');
      expect(correlationId).to.match(/^[0-9a-f-]{32,36}$/);
    }
    expect(answer.text).to.include(JANE);
    for (const secret of [KEY, TOKEN, CLIENT.clientSecret, '00D', 'Bearer']) {
      expect(answer.text).not.to.include(secret);
    }
  });
});

describe('without an SDK', () => {
  it('a request is answered and its line in the log names no trace', async () => {
    const service = await startService({
      files: {
        'bridge.yaml': bridgeYaml(`
connections: { crm: { connector: moody } }
tenants: { acme: { keys: [${KEY}], connections: [crm] } }
`),
      },
    });
    const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
    const path = `/v1/acme/contact/${KEY}?email=jane@b.example`;
    expect((await supertest(service.url).get(path).set(headers)).status).to.equal(200);
    await service.close();
    expect(service.output()).to.include('"request"').and.not.to.include('traceId');
  });
});

/** Connections are asked side by side, so their spans end in any order. */
function isOfSales(span: ReadableSpan): boolean {
  return span.attributes['crm_bridge.connection'] === 'sales';
}

function expectError(span: ReadableSpan | undefined, error: string): void {
  expect(span?.status).to.deep.equal({ code: SpanStatusCode.ERROR, message: error });
  expect(span?.attributes['error.type']).to.equal(error);
}
