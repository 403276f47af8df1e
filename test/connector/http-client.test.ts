import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import {
  openHttpPool,
  type CrmRequest,
  type HttpPool,
  type HttpRequest,
} from '../../src/connector/index.ts';
import { SYSTEM_CLOCK } from '../../src/model/clock.ts';
import { ConnectorError } from '../../src/connector/errors.ts';
import { connectorContext } from '../../src/connector/testing/context.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

describe('openHttpPool', () => {
  let answer: RequestListener;
  let server: Server;
  let url: string;
  let pool: HttpPool;
  let observed: CrmRequest[];
  const sockets = new Set<Socket>();

  beforeEach(async () => {
    observed = [];
    sockets.clear();
    server = createServer((...given) => answer(...given));
    server.on('connection', (socket) => sockets.add(socket));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/people`;
    pool = await open(4);
  });
  afterEach(async () => {
    await pool.close();
    server.closeAllConnections();
    server.close();
  });

  const open = (concurrency: number) => {
    const { limits } = connectorContext({ limits: { concurrency } });
    const observe = (request: CrmRequest) => void observed.push(request);
    return openHttpPool(
      { clock: SYSTEM_CLOCK, limits, recordRequest: observe },
      { correlationHeader: 'x-id' },
    );
  };
  const send = (more: Partial<HttpRequest> = {}) =>
    pool.send({ operation: 'people', url, signal: new AbortController().signal, ...more });
  const failure = async (more: Partial<HttpRequest> = {}): Promise<ConnectorError> => {
    const thrown: unknown = await send(more).catch((error: unknown) => error);
    if (thrown instanceof ConnectorError) return thrown;
    throw new Error('expected a ConnectorError');
  };
  const statuses = () => observed.map(({ status }) => status);

  it('returns the complete response of any status, and follows no redirect', async () => {
    answer = (_, response) =>
      response
        .writeHead(302, { ...JSON_TYPE, location: '/', 'X-Id': 'abc', 'Set-Cookie': ['a', 'b'] })
        .end('[1]');
    const { status, headers, text, json } = await send();
    expect([status, text, json()]).to.deep.equal([302, '[1]', [1]]);
    expect(headers).to.include({ location: '/', 'x-id': 'abc', 'set-cookie': 'a, b' });
  });

  it('sends what it is given, with a user agent when there is none', async () => {
    const seen: unknown[] = [];
    answer = (request, response) => {
      const { 'user-agent': agent, 'x-a': a } = request.headers;
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        seen.push([request.method, agent, a, body]);
        response.end();
      });
    };
    await send();
    await send({ method: 'POST', headers: { 'X-A': '1', 'User-Agent': 'mine' }, body: 'text' });
    expect(seen).to.deep.equal([
      ['GET', 'crm-bridge', undefined, ''],
      ['POST', 'mine', '1', 'text'],
    ]);
  });

  it('uses connections again', async () => {
    answer = (_, response) => response.end('x');
    for (let n = 0; n < 5; n += 1) await send();
    expect(sockets.size).to.be.at.most(2);
  });

  for (const [concurrency, most] of [
    [4, 16],
    [20, 20],
  ] as const) {
    it(`with a concurrency of ${concurrency} has ${most} connections at most`, async () => {
      await pool.close();
      pool = await open(concurrency);
      const held: ServerResponse[] = [];
      const all = Promise.withResolvers<unknown>();
      answer = (_, response) => {
        if (held.push(response) === most) all.resolve(undefined);
      };
      const sent = Promise.all(Array.from({ length: most + 5 }, () => send()));
      await Promise.race([all.promise, sent]);
      expect(sockets.size).to.equal(most);
      answer = (_, response) => response.end('x');
      for (const response of held) response.end('x');
      expect(await sent).to.have.length(most + 5);
      expect(sockets.size).to.equal(most);
    });
  }

  it('observes each request with its status and the id the CRM gave it', async () => {
    answer = (_, response) => response.writeHead(503, { 'x-id': 'abc' }).end();
    await send();
    expect(observed).to.have.length(1);
    expect(observed[0]).to.include({ operation: 'people', status: 503, correlationId: 'abc' });
    expect(observed[0]?.ms).to.be.at.least(0);
  });

  it('really ends a request whose signal aborts, also within the answer', async () => {
    answer = (_, response) => void response.writeHead(200).write('begun');
    const controller = new AbortController();
    const failed = failure({ signal: controller.signal });
    const [, response] = (await once(server, 'request')) as [unknown, NodeJS.EventEmitter];
    const closed = once(response, 'close');
    controller.abort();
    expect(await failed).to.include({ kind: 'timeout' });
    await closed;
    expect(await failure({ signal: AbortSignal.timeout(1) })).to.include({ kind: 'timeout' });
    expect(statuses()).to.deep.equal(['aborted', 'timeout']);
  });

  for (const [what, respond, words] of [
    ['more than 4 MiB', (_, response) => response.end(Buffer.alloc(5 << 20)), /more than 4 MiB/],
    [
      'more than 4 MiB of gzip',
      (_, response) =>
        response
          .writeHead(200, { 'content-encoding': 'gzip' })
          .end(gzipSync(Buffer.alloc(5 << 20))),
      /more than 4 MiB/,
    ],
    [
      'broken gzip',
      (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('secret words'),
      /not valid gzip/,
    ],
  ] as const satisfies readonly (readonly [string, RequestListener, RegExp])[]) {
    it(`takes ${what} for a bad response`, async () => {
      answer = respond;
      const error = await failure();
      expect(error.kind).to.equal('bad_response');
      expect(error.message).to.match(words).and.not.to.include('secret');
    });
  }

  for (const encoding of ['gzip', 'GZIP', 'x-gzip']) {
    it(`reads a response of Content-Encoding: ${encoding}`, async () => {
      answer = (_, response) =>
        response
          .writeHead(200, { ...JSON_TYPE, 'content-encoding': encoding })
          .end(gzipSync('{"a":1}'));
      expect((await send()).json()).to.deep.equal({ a: 1 });
    });
  }

  it('says that a response is not JSON without quoting it', async () => {
    answer = (_, response) => response.writeHead(200, JSON_TYPE).end('<html>secret');
    const { json } = await send();
    expect(json)
      .to.throw(ConnectorError, /sent a response that is not JSON$/)
      .with.property('kind', 'bad_response');
  });

  for (const [type, isJson] of [
    ['application/json', true],
    ['Application/JSON ; charset=UTF-8', true],
    ['application/problem+json', true],
    ['text/json', true],
    [undefined, false],
    ['text/plain', false],
    ['text/csv', false],
    ['text/xml; a="application/json"', false],
    ['application/json-seq', false],
    ['application/jsonp', false],
    ['image/json', false],
  ] as const) {
    it(`${isJson ? 'parses' : 'does not parse'} what says ${type ?? 'nothing'}`, async () => {
      const headers = type === undefined ? {} : { 'content-type': type };
      answer = (_, response) => response.writeHead(200, headers).end('[1]');
      const { json, text, ...response } = await send();
      expect([text, response.isJson]).to.deep.equal(['[1]', isJson]);
      if (isJson) expect(json()).to.deep.equal([1]);
      else
        expect(json)
          .to.throw(
            ConnectorError,
            type === undefined
              ? / that is not JSON, as it has no content type$/
              : new RegExp(` that is not JSON but ${type.replace(/;.*/, '')}$`),
          )
          .with.property('kind', 'bad_response');
    });
  }

  it('takes JSON that would hold up the process for a bad response, whatever its status', async () => {
    for (const status of [200, 429, 503]) {
      answer = (_, response) => response.writeHead(status, JSON_TYPE).end('['.repeat(1000));
      const error = await failure();
      expect(error.kind).to.equal('bad_response');
      expect(error.message).to.match(/sent JSON with too many levels$/);
    }
  });

  it('gives out one response of more than 256 KiB in a turn of the event loop, whatever their number', async () => {
    const large = JSON.stringify(['x'.repeat(300_000)]);
    answer = (_, response) => response.writeHead(200, JSON_TYPE).end(large);
    let turns = 0;
    let isCounting = true;
    const count = () => {
      turns += 1;
      if (isCounting) setImmediate(count);
    };
    setImmediate(count);
    const seen = await Promise.all(
      Array.from({ length: 30 }, async () => {
        const { json } = await send();
        json();
        return turns;
      }),
    );
    isCounting = false;
    expect(new Set(seen).size).to.equal(30);
  });

  it('keeps at most 4 of a connection in memory: a CRM that sends slowly holds up no other', async () => {
    const begun: ServerResponse[] = [];
    answer = (_, response) => {
      response.writeHead(200, JSON_TYPE);
      response.write(`["${'x'.repeat(300_000)}`);
      begun.push(response);
    };
    const aborted = new AbortController();
    const slow = Array.from({ length: 12 }, () => failure({ signal: aborted.signal }));
    while (begun.length < 12) await delay(5);
    await delay(50);
    answer = (_, response) =>
      response.writeHead(200, JSON_TYPE).end(JSON.stringify(['x'.repeat(300_000)]));
    let isDone = false;
    const waiting = send().then(() => {
      isDone = true;
    });
    const other = await open(4);
    const signal = AbortSignal.timeout(5000);
    const answers = Array.from({ length: 12 }, () =>
      other.send({ operation: 'people', url, signal }),
    );
    for (const { text } of await Promise.all(answers)) expect(text).to.have.length(300_004);
    await other.close();
    expect(isDone).to.equal(false);
    answer = (_, response) => response.writeHead(200, JSON_TYPE).end('[1]');
    expect((await send()).json()).to.deep.equal([1]);
    aborted.abort();
    await waiting;
    await Promise.all(slow);
  });

  it('reads a body of a million chunks of one byte without holding up the process', async () => {
    const chunks = Buffer.from('1\r\na\r\n'.repeat(1_000_000) + '0\r\n\r\n');
    answer = (_, response) => {
      response.socket?.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      response.socket?.end(chunks);
    };
    const blocked = monitorEventLoopDelay({ resolution: 10 });
    blocked.enable();
    const { text } = await send();
    blocked.disable();
    expect(text).to.have.length(1_000_000);
    expect(blocked.max / 1e6).to.be.below(1000);
  });

  for (const [what, request] of [
    ['header with a typographic dash', { headers: { Authorization: 'Bearer secret\u2013words' } }],
    ['header with a line break', { headers: { Authorization: 'Bearer secret\nwords' } }],
    ['text that is not a URL', { url: 'secret words' }],
    ['address of another protocol', { url: 'ftp://localhost/secret' }],
  ] as const satisfies readonly (readonly [string, Partial<HttpRequest>])[]) {
    it(`blames the settings for a ${what}, without quoting it`, async () => {
      answer = (_, response) => response.end('x');
      const error = await failure(request);
      expect(error.kind).to.equal('misconfigured');
      expect(error.message)
        .to.match(/check the token/)
        .and.not.to.include('secret');
      expect(sockets.size).to.equal(0);
      expect(statuses()).to.deep.equal(['error']);
    });
  }

  it('takes a cut answer and a server that is gone for unavailable', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('begun');
      response.destroy();
    };
    expect(await failure()).to.include({ kind: 'unavailable' });
    server.close();
    server.closeAllConnections();
    expect(await failure()).to.include({ kind: 'unavailable' });
  });

  describe('when an idle connection turns out to be dead', () => {
    let resets: number;

    beforeEach(async () => {
      answer = (_, response) => response.end('x');
      // A connection whose answer has just ended is not idle yet.
      for (let n = 0; n < 3; n += 1) await send();
      observed = [];
      resets = 1;
      answer = (request, response) => {
        if (resets-- > 0) request.socket.resetAndDestroy();
        else response.end('again');
      };
    });

    it('sends a GET once more', async () => {
      expect((await send()).text).to.equal('again');
      expect(statuses()).to.deep.equal(['error', 200]);
    });

    it('sends another request once more only when it is said to be repeatable', async () => {
      expect(await failure({ method: 'POST' })).to.include({ kind: 'unavailable' });
      expect(statuses()).to.deep.equal(['error']);
    });

    it('sends what is repeatable once more', async () => {
      expect((await send({ method: 'POST', idempotent: true })).text).to.equal('again');
    });

    it('sends nothing a third time', async () => {
      resets = 2;
      expect(await failure()).to.include({ kind: 'unavailable' });
      expect(statuses()).to.deep.equal(['error', 'error']);
    });

    it('names that as the cause', async () => {
      const { cause } = await failure({ idempotent: false });
      expect(cause).to.have.property('name', 'StaleSocketError');
    });
  });

  it('repeats nothing when a fresh connection is reset', async () => {
    answer = (request) => request.socket.resetAndDestroy();
    expect(await failure()).to.include({ kind: 'unavailable' });
    expect(statuses()).to.deep.equal(['error']);
  });

  it('ends what is under way when it is closed', async () => {
    answer = () => undefined;
    const failed = failure();
    await once(server, 'request');
    await pool.close();
    expect(await failed).to.include({ kind: 'unavailable' });
  });
});
