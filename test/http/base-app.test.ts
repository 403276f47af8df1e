import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { listen, type RunningServer } from '../../src/http/server.ts';
import { createBaseApp } from '../../src/http/base-app.ts';
import { sendText } from '../../src/http/respond.ts';
import { createLog } from '../../src/telemetry/log.ts';

describe('a request that fails inside the bridge', () => {
  let listening: RunningServer;
  let stream: PassThrough;

  beforeEach(async () => {
    stream = new PassThrough({ encoding: 'utf8' });
    const clock = { now: () => 0 };
    const log = createLog({ level: 'error', format: 'json', stream, color: false, clock });
    const app = createBaseApp({ protection: {}, log, failure: 'a request failed' }, (routes) => {
      routes.get('/at-once', () => {
        throw new Error('secret words');
      });
      routes.get('/late', (_request, response) => {
        sendText(response, 200, 'all of it');
        throw new Error('secret words');
      });
      routes.get('/:name', (_request, response) => void response.end());
    });
    listening = await listen(app, { host: '127.0.0.1', port: 0 }, 'server');
  });
  afterEach(() => listening.close());

  const get = (path: string) => fetch(listening.url + path, { headers: { connection: 'close' } });

  for (const [path, status, words] of [
    ['/at-once', 500, /^The request failed. The operator finds request [\w-]+ in the log\.$/],
    ['/late', 200, /^all of it$/],
  ] as const) {
    it(`is in the log without the words of its error (${path})`, async () => {
      const response = await get(path);
      expect(response.status).to.equal(status);
      expect((await response.text()).trim())
        .to.match(words)
        .and.not.to.contain('secret');
      const line = String(stream.read());
      expect(JSON.parse(line)).to.include({ message: 'a request failed', error: 'Error' });
      expect(line).not.to.contain('secret');
    });
  }

  it('is not, when its path cannot be decoded: there is nothing', async () => {
    expect((await get('/%ff')).status).to.equal(404);
    expect(stream.read()).to.equal(null);
  });
});
