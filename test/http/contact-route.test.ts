import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { expect } from 'chai';
import supertest from 'supertest';
import { agents } from '../support/agents.ts';
import { bridgeYaml, ONE_TENANT, startService, type Service } from '../support/service.ts';

const KEY = 'acme-key-0123456789';
const PATH = `/v1/acme/contact/${KEY}`;

describe('GET /v1/{tenant}/contact/{key}', () => {
  let service: Service;
  let api: ReturnType<typeof supertest>;

  before(async () => {
    const yaml = ONE_TENANT.replace('deadline: 1s', 'deadline: 1s, json: true').replace(
      /acme: (\{.*?\}) \}/,
      'acme: $1, texts: { keys: [texts-key-0123456789], connections: [crm] }, ' +
        'pages: { keys: [pages-key-0123456789], connections: [crm], templatesDir: templates, template: pages } }',
    );
    const files = {
      'bridge.yaml': bridgeYaml(yaml),
      'templates/pages/no_email.liquid': '{{ visitor.url }} {{ visitor.host }}',
    };
    service = await startService({ files });
    api = supertest(service.url);
  });
  after(() => service.close());

  describe('the request', () => {
    it('is answered as SnapEngage sends it', async () => {
      const answer = await api.get(
        `${PATH}?email=test%40test.com&ip=127.0.0.1&url=http%3A%2F%2Fwww.test.com%2Fchat&caseId=b88d3c4d-c402-4673-8e5b-68778eac45cb`,
      );
      expect(answer.status).to.equal(200);
      expect(answer.headers['content-type']).to.equal('text/plain; charset=utf-8');
      expect(answer.text.split('\n')[0]).to.include('Known test');
    });

    for (const [how, ask] of Object.entries<() => supertest.Test>({
      'in the path': () => api.get(`${PATH}?email=a@b.example`),
      'as Bearer': () =>
        api.get('/v1/acme/contact?email=a@b.example').auth(KEY, { type: 'bearer' }),
      'as the password of Basic': () =>
        api.get('/v1/acme/contact?email=a@b.example').auth('anybody', KEY),
      'as ?key=': () => api.get(`/v1/acme/contact?key=${KEY}&email=a@b.example`),
      'before a second ?': () => api.get(`/v1/acme/contact?key=${KEY}?email=a@b.example`),
    })) {
      it(`may bring the key ${how}`, async () => {
        const answer = await ask();
        expect(answer.status).to.equal(200);
        expect(answer.headers['x-lookup-outcome']).to.equal('found');
      });
    }

    it('may have lost the percent-encoding of a +', async () => {
      const answer = await api.get(`${PATH}?email=a+b@c.example`).accept('application/json');
      expect(answer.body).to.have.nested.property('profile.contact.email', 'a+b@c.example');
    });

    it('counts the first of repeated parameters and ignores unknown ones', async () => {
      const answer = await api
        .get(`${PATH}?x=1&email=first@c.example&email=second@c.example`)
        .accept('application/json');
      expect(answer.body).to.have.nested.property('profile.contact.email', 'first@c.example');
    });

    it('shows the page of the chat only when it is one of http or https, its host always', async () => {
      const shown = async (url: string) => {
        const query = `email=&url=${encodeURIComponent(url)}`;
        return (await api.get(`/v1/pages/contact/pages-key-0123456789?${query}`)).text.trim();
      };
      expect(await shown('https://www.example.com/a?b=c')).to.equal(
        'https://www.example.com/a?b=c www.example.com',
      );
      expect(await shown('javascript://a.example/%0aalert(1)')).to.equal('a.example');
      expect(await shown('capacitor://localhost/chat')).to.equal('localhost');
    });

    it('may be a HEAD, with the same headers and no body', async () => {
      const answer = await api.head(`${PATH}?email=head@c.example`);
      expect(answer.status).to.equal(200);
      expect(answer.headers['x-lookup-outcome']).to.equal('found');
      expect(Number(answer.headers['content-length'])).to.be.above(10);
      expect(answer.text).to.be.oneOf([undefined, '']);
    });
  });

  describe('the outcome', () => {
    for (const [outcome, email] of [
      ['found', 'jane@acme.example'],
      ['not_found', 'unknown@nobody.example'],
      ['no_email', ''],
      ['no_email', 'not an address'],
      ['no_email', 'agent@snapengage.com'],
      ['unavailable', 'down@acme.example'],
      ['unavailable', 'broken@acme.example'],
    ] as const) {
      it(`is ${outcome} with status 200 for "${email}"`, async () => {
        const answer = await api.get(`${PATH}?email=${encodeURIComponent(email)}`);
        expect(answer.status).to.equal(200);
        expect(answer.headers['x-lookup-outcome']).to.equal(outcome);
        expect(answer.text.trim()).not.to.equal('');
      });
    }

    it('is not_found with the company that owns the domain', async () => {
      const answer = await api
        .get(`${PATH}?email=unknown.person@acme.example`)
        .accept('application/json');
      expect(answer.body).to.deep.include({ outcome: 'not_found' });
      expect(answer.body).to.have.nested.property('profile.company.name', 'ACME');
      expect(Object.keys((answer.body as { profile: object }).profile)).to.deep.equal(['company']);
      expect((answer.body as { text: string }).text).to.include('ACME');
    });

    it('never shows what the CRM sent with an error', async () => {
      const answer = await api.get(`${PATH}?email=down@acme.example`);
      expect(answer.text).not.to.include('secret words');
    });

    it('is one line per value, whatever the CRM holds', async () => {
      const answer = await api.get(`${PATH}?email=evil@acme.example`);
      expect(answer.text).to.include('Known evil Tier: Platinum');
      expect(answer.text.split('\n').filter((line) => line.startsWith('Tier'))).to.deep.equal([]);
    });
  });

  describe('the headers', () => {
    it('say what happened to a lookup', async () => {
      const email = 'headers@acme.example';
      const first = await api.get(`${PATH}?email=${email}`);
      expect(first.headers).to.include({
        'cache-status': 'crm-bridge; fwd=miss',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      });
      expect(first.headers['server-timing']).to.match(/^crm;dur=[\d.]+, render;dur=[\d.]+$/);
      const second = await api.get(`${PATH}?email=${email}`);
      expect(second.headers['cache-status']).to.match(/^crm-bridge; hit; ttl=(300|299)$/);
      const none = await api.get(`${PATH}?email=`);
      expect(none.headers['cache-status']).to.equal('crm-bridge; fwd=bypass');
    });

    it('mark answers that shared a lookup', async () => {
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => api.get(`${PATH}?email=slow.together@acme.example`)),
      );
      const statuses = answers.map(({ headers }) => headers['cache-status'] as string).sort();
      expect(statuses).to.deep.equal([
        'crm-bridge; fwd=miss',
        ...Array.from({ length: 4 }, () => 'crm-bridge; fwd=miss; collapsed'),
      ]);
    });

    it('keep a safe request id and replace any other', async () => {
      const kept = await api.get(`${PATH}?email=`).set('X-Request-Id', 'abc-1.2:3_4');
      expect(kept.headers['x-request-id']).to.equal('abc-1.2:3_4');
      const made = await api.get('/nowhere').set('X-Request-Id', 'a b');
      expect(made.headers['x-request-id']).to.match(/^[0-9a-f-]{36}$/);
    });

    it('never name the software, and never redirect', async () => {
      const answer = await api.get('/v1/acme/contact/');
      expect(answer.headers).not.to.have.any.keys('x-powered-by', 'etag', 'location');
      expect(answer.status).to.equal(401);
    });
  });

  describe('JSON', () => {
    const ask = (accept: string) =>
      api.get(`${PATH}?email=json@acme.example`).set('Accept', accept);

    it('has outcome, text, profile, source and requestId', async () => {
      const answer = await ask('application/json');
      expect(answer.headers['content-type']).to.equal('application/json; charset=utf-8');
      const body = answer.body as Record<string, unknown>;
      expect(Object.keys(body)).to.have.members([
        'outcome',
        'text',
        'profile',
        'source',
        'requestId',
      ]);
      expect(Object.keys(body['profile'] as object)).to.have.members([
        'contact',
        'company',
        'deals',
        'tickets',
        'others',
        'moreDeals',
        'moreTickets',
        'moreOpenDeals',
        'moreOpenTickets',
        'moreOthers',
      ]);
      expect(body['source']).to.deep.include({
        connection: 'crm',
        connector: 'moody',
        stale: false,
      });
      expect(body['requestId']).to.equal(answer.headers['x-request-id']);
    });

    it('is for those who rank it strictly above text', async () => {
      for (const accept of ['*/*', 'application/json, text/plain, */*', 'text/html']) {
        expect((await ask(accept)).headers['content-type'], accept).to.match(/^text\/plain/);
      }
      const preferring = await ask('application/json, text/plain;q=0.5, */*;q=0.1');
      expect(preferring.headers['content-type']).to.match(/^application\/json/);
    });

    it('is asked for by ?format=json too, whatever the Accept header says', async () => {
      for (const query of [
        'format=json&email=json@acme.example',
        'format=JSON&email=json@acme.example',
        'format=json?email=a@b.example',
      ]) {
        const answer = await api.get(`${PATH}?${query}`).set('Accept', 'text/plain');
        expect(answer.headers['content-type']).to.equal('application/json; charset=utf-8');
        expect(answer.body).to.include({ outcome: 'found' });
      }
      const other = await api.get(`${PATH}?format=xml&email=json@acme.example`);
      expect(other.headers['content-type']).to.match(/^text\/plain/);
    });

    it('is text for a tenant without `json: true`', async () => {
      const answer = await api
        .get('/v1/texts/contact/texts-key-0123456789?format=json&email=json@acme.example')
        .accept('application/json');
      expect(answer.status).to.equal(200);
      expect(answer.headers['content-type']).to.equal('text/plain; charset=utf-8');
      expect(answer.text).to.match(/^Known json/);
    });
  });

  describe('a refusal', () => {
    it('of an unknown tenant is that of a wrong key', async () => {
      const wrong = await api.get('/v1/acme/contact/nope?email=a@b.example');
      const unknown = await api.get('/v1/nobody/contact/nope?email=a@b.example');
      const garbled = await api.get('/v1/acme/contact/%E0%A4%A?email=a@b.example');
      for (const answer of [wrong, unknown, garbled]) {
        expect(answer.status).to.equal(401);
        expect(answer.text).to.equal(wrong.text);
        expect(answer.headers['content-type']).to.equal('text/plain; charset=utf-8');
      }
    });

    it('comes with 400 when there is no email parameter, after the key was checked', async () => {
      expect((await api.get(PATH)).status).to.equal(400);
      expect((await api.get('/v1/acme/contact/nope')).status).to.equal(401);
    });

    it('comes with 405 and Allow for another method, after the key was checked', async () => {
      const answer = await api.post(`${PATH}?email=a@b.example`).send('x=1');
      expect(answer.status).to.equal(405);
      expect(answer.headers['allow']).to.equal('GET, HEAD');
      expect((await api.post('/v1/acme/contact/nope')).status).to.equal(401);
    });

    it('comes with 404 for any other path', async () => {
      for (const path of ['/', '/v1', '/v1/acme', `${PATH}/more`, '/%zz', '/v2/acme/contact/x']) {
        const answer = await api.get(path);
        expect(answer.status, path).to.equal(404);
        expect(answer.headers['content-type']).to.equal('text/plain; charset=utf-8');
      }
    });

    it('never is HTML or bare, whatever comes over the wire', async () => {
      const requests = {
        'no URL': 'GET http://[ HTTP/1.1\r\nHost: a\r\n\r\n',
        'no host': `GET ${PATH}?email=a@b.example HTTP/1.1\r\nConnection: close\r\n\r\n`,
        expectation: `GET ${PATH}?email= HTTP/1.1\r\nHost: a\r\nExpect: much\r\n\r\n`,
        'no HTTP': 'nonsense\r\n\r\n',
        method: 'FOO / HTTP/1.1\r\nHost: a\r\n\r\n',
        tunnel: 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n',
      };
      for (const [what, request] of Object.entries(requests)) {
        const answer = (await raw(service.url, request)).toLowerCase();
        expect(answer, what).to.match(/^http\/1\.1 (200|400|404|405) /);
        for (const header of [
          'content-type: text/plain; charset=utf-8',
          'x-content-type-options: nosniff',
          'cache-control: no-store',
        ]) {
          expect(answer, what).to.include(header);
        }
        expect(answer, what).to.match(/x-request-id: [0-9a-f-]{36}/);
      }
    });

    it('to what is not HTTP is a sentence as well', async () => {
      const { status, type } = await new Promise<{ status?: number; type?: string }>((resolve) => {
        httpRequest(service.url, { headers: { 'X-Long': 'x'.repeat(20_000) } }, (response) => {
          response.resume();
          resolve({ status: response.statusCode, type: response.headers['content-type'] });
        }).end();
      });
      expect(status).to.equal(431);
      expect(type).to.equal('text/plain; charset=utf-8');
    });
  });

  it('answers liveness to load balancers', async () => {
    expect((await api.get('/healthz')).status).to.equal(200);
    expect((await api.post('/healthz')).status).to.equal(405);
  });
});

describe('limits of the lookup route', () => {
  const start = (tenant: string, server = '') =>
    startService({
      files: {
        'bridge.yaml': bridgeYaml(`
connections: { crm: { connector: moody } }
tenants:
  acme: { keys: [${KEY}, "sha256:${sha256('second-key-987654321')}"], connections: [crm], ${tenant} }
`).replace('drainTimeout: 3s', `drainTimeout: 3s${server}`),
      },
    });

  it('accept every key of a tenant, also given as its digest', async () => {
    const service = await start('deadline: 1s');
    try {
      const api = supertest(service.url);
      const ask = (key: string) => api.get(`/v1/acme/contact/${key}?email=a@b.example`);
      expect((await ask(KEY)).status).to.equal(200);
      expect((await ask('second-key-987654321')).status).to.equal(200);
      expect((await ask(sha256('second-key-987654321'))).status).to.equal(401);
    } finally {
      await service.close();
    }
  });

  it('answer 429 with Retry-After above the rate limit of the tenant', async () => {
    const service = await start('rateLimit: { requests: 2, per: 1m }');
    try {
      const api = supertest(service.url);
      const ask = () => api.get(`${PATH}?email=a@b.example`);
      const statuses = [(await ask()).status, (await ask()).status];
      const third = await ask();
      expect([...statuses, third.status]).to.deep.equal([200, 200, 429]);
      expect(Number(third.headers['retry-after'])).to.be.within(1, 60);
      expect((await api.get('/v1/acme/contact/nope')).status).to.equal(401);
    } finally {
      await service.close();
    }
  });

  it('answer 429 with Retry-After after too many wrong keys from one address', async () => {
    const service = await start('deadline: 1s', ', wrongKeys: { attempts: 3, per: 1m }');
    try {
      const api = supertest(service.url);
      const ask = (key: string) => api.get(`/v1/acme/contact/${key}?email=a@b.example`);
      for (const key of ['a', 'b', 'c']) expect((await ask(key)).status).to.equal(401);
      const blocked = await ask('d');
      expect(blocked.status).to.equal(429);
      expect(Number(blocked.headers['retry-after'])).to.be.within(1, 60);
    } finally {
      await service.close();
    }
  });

  it('count a network of IPv6 as one client, and let the right key in all the same', async () => {
    const service = await start('deadline: 1s', ', wrongKeys: { attempts: 3, per: 1m }');
    try {
      const api = supertest(service.url);
      const ask = (key: string, from: string) =>
        api.get(`/v1/acme/contact/${key}?email=a@b.example`).set('X-Forwarded-For', from);
      for (const n of [1, 2, 3]) {
        expect((await ask('wrong', `2001:db8::${n}`)).status).to.equal(401);
      }
      expect((await ask('wrong', '2001:db8::4')).status).to.equal(429);
      expect((await ask('wrong', '2001:db8:0:1::4')).status).to.equal(401);
      expect((await ask(KEY, '2001:db8::4')).status).to.equal(200);
    } finally {
      await service.close();
    }
  });

  it('limit lookups of unknown people, not of known ones', async () => {
    const service = await start('rateLimit: { requests: 200, per: 1m }');
    const crowd = agents(service.url, PATH);
    try {
      await crowd.ask('known@b.example');
      const guess = (n: number) => crowd.ask(`unknown.${n}@b.example`);
      for (let n = 0; n < 100; n += 20) {
        const answers = await Promise.all(Array.from({ length: 20 }, (_, k) => guess(n + k)));
        for (const { outcome } of answers) expect(outcome).to.equal('not_found');
      }
      expect((await guess(100)).outcome).to.equal('unavailable');
      expect((await crowd.ask('known@b.example')).outcome).to.equal('found');
    } finally {
      crowd.close();
      await service.close();
    }
  });

  it('spare the CRM as many guesses when all come at once', async () => {
    const service = await start('rateLimit: { requests: 200, per: 1m }');
    const crowd = agents(service.url, PATH);
    try {
      const emails = Array.from({ length: 180 }, (_, n) => `slow-unknown-${n}@b.example`);
      const answers = await Promise.all(emails.map((email) => crowd.ask(email)));
      const asked = answers.filter(({ outcome }) => outcome === 'not_found');
      expect(asked.length).to.be.within(1, 100);
    } finally {
      crowd.close();
      await service.close();
    }
  });

  it('refuse an address outside allowFrom as a wrong key, whatever it says of itself', async () => {
    const service = await start('allowFrom: ["203.0.113.0/24"]', ', trustProxy: false');
    try {
      const answer = await supertest(service.url)
        .get(`${PATH}?email=a@b.example`)
        .set('X-Forwarded-For', '203.0.113.7');
      expect(answer.status).to.equal(401);
    } finally {
      await service.close();
    }
  });

  it('believe a trusted proxy about the address', async () => {
    const service = await start('allowFrom: ["203.0.113.0/24"]');
    try {
      const ask = (from: string) =>
        supertest(service.url).get(`${PATH}?email=a@b.example`).set('X-Forwarded-For', from);
      expect((await ask('203.0.113.7')).status).to.equal(200);
      expect((await ask('203.0.113.7, 198.51.100.1')).status).to.equal(401);
    } finally {
      await service.close();
    }
  });

  it('believe proxies by what the latest reload says of them', async () => {
    const service = await start('allowFrom: ["203.0.113.0/24"]');
    try {
      const ask = () =>
        supertest(service.url)
          .get(`${PATH}?email=a@b.example`)
          .set('X-Forwarded-For', '203.0.113.7');
      expect((await ask()).status).to.equal(200);
      const yaml = await readFile(join(service.folder, 'bridge.yaml'), 'utf8');
      const withoutProxy = yaml.replace('drainTimeout: 3s', 'drainTimeout: 3s, trustProxy: false');
      await service.write('bridge.yaml', withoutProxy);
      await supertest(service.opsUrl).post('/-/reload').expect(200);
      expect((await ask()).status).to.equal(401);
    } finally {
      await service.close();
    }
  });

  it('answer unavailable with the status the tenant wants', async () => {
    const service = await start('unavailableStatus: 503');
    try {
      const answer = await supertest(service.url).get(`${PATH}?email=down@b.example`);
      expect(answer.status).to.equal(503);
      expect(answer.headers['x-lookup-outcome']).to.equal('unavailable');
    } finally {
      await service.close();
    }
  });
});

/** What a server answers to these bytes. */
function raw(url: string, request: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(request));
  let answer = '';
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString();
    if (answer.includes('\r\n\r\n')) socket.end();
  });
  socket.on('close', () => resolve(answer));
  return promise;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
