/** What the listener does with requests that the application hands back. */
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { expect } from 'chai';
import express, { type ErrorRequestHandler } from 'express';
import { listen, type RunningServer } from '../../src/http/server.ts';

describe('an application that fails after its answer has begun', () => {
  let listening: RunningServer;
  /** As the bridge's own applications do. */
  const handBack: ErrorRequestHandler = (error, _request, response, next) => {
    if (response.headersSent) next(error);
  };

  beforeEach(async () => {
    const app = express();
    app.get('/begun', (_request, response) => {
      response.write('begun');
      throw new Error('too late');
    });
    app.get('/ended', (_request, response) => {
      response.send('all of it');
      throw new Error('too late');
    });
    app.use(handBack);
    listening = await listen(app, { host: '127.0.0.1', port: 0 }, 'server');
  });
  afterEach(() => listening.close());

  it('has the connection cut, so that the answer does not look complete', async () => {
    expect(await get('/begun')).to.deep.equal({ text: 'begun', complete: false });
  });

  it('leaves an answer that has ended as it is', async () => {
    expect(await get('/ended')).to.deep.equal({ text: 'all of it', complete: true });
  });

  function get(path: string): Promise<{ readonly text: string; readonly complete: boolean }> {
    const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<typeof get>>>();
    const { port } = listening;
    const asked = request({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += String(chunk)));
      response.on('error', () => undefined);
      response.on('close', () => resolve({ text, complete: response.complete }));
    });
    asked.on('error', reject).end();
    return promise;
  }
});

describe('the target of a request', () => {
  let listening: RunningServer;
  before(async () => {
    const app = express();
    app.use((received, response) => void response.end(received.url));
    listening = await listen(app, { host: '127.0.0.1', port: 0 }, 'server');
  });
  after(() => listening.close());

  for (const [target, url] of [
    ['/path?a=//b', '/path?a=//b'],
    ['http://bridge.example:8080/path?query', '/path?query'],
    ['HTTPS://user:word@bridge.example/path/', '/path/'],
    ['http://bridge.example?query', '/?query'],
    ['http://bridge.example', '/'],
    ['/path?query#part', '/path?query'],
    ['http://a:80x/path?email=jane%40private.example', '/path?email=jane%40private.example'],
    ['http://[::1/path', '/path'],
  ] as const) {
    it(`${target} is ${url}, and nothing is printed about it`, async () => {
      const warnings: unknown[] = [];
      const keep = (warning: unknown) => warnings.push(warning);
      process.on('warning', keep);
      const { port } = listening;
      const asked = request({ host: '127.0.0.1', port, path: target, agent: false }).end();
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      const text = (await response.toArray()).join('');
      await new Promise(setImmediate);
      process.off('warning', keep);
      expect(text).to.equal(url);
      expect(warnings).to.deep.equal([]);
    });
  }
});
