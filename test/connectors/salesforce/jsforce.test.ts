/** Guards the members of jsforce that the connector relies on, half of them not part of its public API. */
import { expect } from 'chai';
import { PassThrough } from 'node:stream';
import {
  loadJsforce,
  type JsforceRequest,
  type JsforceResponse,
} from '../../../connectors/salesforce/jsforce.ts';

/** A Transport that answers from memory and keeps what it was asked. */
async function fixture(answer: Partial<JsforceResponse>) {
  const jsforce = await loadJsforce();
  const requests: JsforceRequest[] = [];
  class Memory extends jsforce.Transport {
    override httpRequest(request: JsforceRequest) {
      requests.push(request);
      const response = {
        statusCode: 200,
        headers: { 'content-type': 'application/json' },
        body: '{}',
        ...answer,
      };
      return jsforce.StreamPromise.create(() => ({
        stream: new PassThrough(),
        promise: Promise.resolve(response),
      }));
    }
  }
  const transport = new Memory();
  const connection = new jsforce.Connection({
    instanceUrl: 'https://acme.my.salesforce.com',
    loginUrl: 'https://acme.my.salesforce.com',
    accessToken: 'token',
    version: '67.0',
    callOptions: { client: 'crm-bridge' },
  });
  return { jsforce, requests, transport, connection };
}

const json = (body: unknown) => ({ body: JSON.stringify(body) });

describe('jsforce, as the connector uses it', () => {
  it('signs in by OAuth2.requestToken over the Transport put into _transport', async () => {
    const { jsforce, requests, transport } = await fixture(json({ access_token: 'a' }));
    const oauth2 = new jsforce.OAuth2({
      loginUrl: 'https://x.example',
      clientId: 'i',
      clientSecret: 's',
    });
    oauth2._transport = transport;
    expect(await oauth2.requestToken({ grant_type: 'client_credentials' })).to.deep.equal({
      access_token: 'a',
    });
    expect(requests[0]).to.include({
      method: 'POST',
      url: 'https://x.example/services/oauth2/token',
    });
    expect(requests[0]?.body).to.equal('grant_type=client_credentials&client_id=i&client_secret=s');
  });

  it('sends an assertion without client_id when there is none', async () => {
    const { jsforce, requests, transport } = await fixture({});
    const oauth2 = new jsforce.OAuth2({ loginUrl: 'https://x.example' });
    oauth2._transport = transport;
    await oauth2.requestToken({ grant_type: 'g', assertion: 'a.b.c' });
    expect(requests[0]?.body).to.equal('grant_type=g&assertion=a.b.c');
  });

  it('refreshes by OAuth2.refreshToken', async () => {
    const { jsforce, requests, transport } = await fixture({});
    const oauth2 = new jsforce.OAuth2({ loginUrl: 'https://x.example', clientId: 'i' });
    oauth2._transport = transport;
    await oauth2.refreshToken('r');
    expect(requests[0]?.body).to.equal('grant_type=refresh_token&refresh_token=r&client_id=i');
  });

  it('throws `error` as the name and `error_description` as the message of a token error', async () => {
    const { jsforce, transport } = await fixture({
      statusCode: 400,
      ...json({ error: 'invalid_grant', error_description: 'expired' }),
    });
    const oauth2 = new jsforce.OAuth2({ loginUrl: 'https://x.example' });
    oauth2._transport = transport;
    const error = (await oauth2
      .requestToken({ grant_type: 'g' })
      .catch((e: unknown) => e)) as Error;
    expect([error.name, error.message]).to.deep.equal(['invalid_grant', 'expired']);
  });

  it('gives a token page of HTML back as undefined, not as an error', async () => {
    const { jsforce, transport } = await fixture({ body: '<html>' });
    const oauth2 = new jsforce.OAuth2({ loginUrl: 'https://x.example' });
    oauth2._transport = transport;
    expect(await oauth2.requestToken({ grant_type: 'g' })).to.be.undefined;
  });

  it('posts by requestPost over options.transport, with token, version and call options', async () => {
    const { requests, transport, connection } = await fixture(json({ ok: true }));
    expect(await connection.requestPost('/composite', { a: 1 }, { transport })).to.deep.equal({
      ok: true,
    });
    const [request] = requests;
    expect(request).to.include({
      method: 'POST',
      url: 'https://acme.my.salesforce.com/services/data/v67.0/composite',
      body: '{"a":1}',
    });
    expect(request?.headers).to.include({
      Authorization: 'Bearer token',
      'content-type': 'application/json',
      'Sforce-Call-Options': 'client=crm-bridge',
    });
  });

  it('gets by requestGet, a path from /services on being relative to the host', async () => {
    const { requests, transport, connection } = await fixture({});
    await connection.requestGet('/services/data', { transport });
    await connection.requestGet('/sobjects/Lead/describe', { transport });
    expect(requests.map(({ method, url }) => `${method} ${url}`)).to.deep.equal([
      'GET https://acme.my.salesforce.com/services/data',
      'GET https://acme.my.salesforce.com/services/data/v67.0/sobjects/Lead/describe',
    ]);
  });

  it('sends one request and throws errorCode, also for a 401: it does not sign in', async () => {
    const { requests, transport, connection } = await fixture({
      statusCode: 401,
      ...json([{ errorCode: 'INVALID_SESSION_ID', message: 'expired' }]),
    });
    const error = await connection.requestPost('/x', {}, { transport }).catch((e: unknown) => e);
    expect(error).to.include({ errorCode: 'INVALID_SESSION_ID' });
    expect(requests).to.have.length(1);
    expect(connection._refreshDelegate).to.be.undefined;
  });

  it('throws ERROR_HTTP_503 for a page, and MULTIPLE_API_ERRORS with data for several errors', async () => {
    const page = await fixture({ statusCode: 503, headers: {}, body: '<html>' });
    expect(
      await page.connection
        .requestGet('/x', { transport: page.transport })
        .catch((e: unknown) => e),
    ).to.include({ errorCode: 'ERROR_HTTP_503' });
    const errors = [
      { errorCode: 'A', message: 'a' },
      { errorCode: 'B', message: 'b' },
    ];
    const several = await fixture({ statusCode: 400, ...json(errors) });
    const error = (await several.connection
      .requestGet('/x', { transport: several.transport })
      .catch((e: unknown) => e)) as { errorCode: string; data: unknown };
    expect(error.errorCode).to.equal('MULTIPLE_API_ERRORS');
    expect(error.data).to.deep.equal(errors);
  });

  it('gives a page with status 200 back as a text', async () => {
    const { transport, connection } = await fixture({ headers: {}, body: '<html>' });
    expect(await connection.requestGet('/x', { transport })).to.equal('<html>');
  });

  it('reads Sforce-Limit-Info into limitInfo.apiUsage', async () => {
    const { transport, connection } = await fixture({
      headers: { 'sforce-limit-info': 'api-usage=18/5000; per-app-api-usage=17/250(appName=x)' },
    });
    await connection.requestGet('/x', { transport });
    expect(connection.limitInfo).to.deep.equal({ apiUsage: { used: 18, limit: 5000 } });
  });
});
