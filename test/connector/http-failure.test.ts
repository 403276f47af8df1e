import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { ConnectorError } from '../../src/connector/errors.ts';
import { toRequestError, failureStatus, networkCause } from '../../src/connector/http-failure.ts';
import { openHttpPool } from '../../src/connector/index.ts';
import { createAuthority, listenTls, type Authority } from '../support/certificates.ts';
import { connectorContext } from '../../src/connector/testing/context.ts';

const about = { url: 'https://crm.example/people', reused: false, maxBytes: 8 };

describe('a request without an answer', () => {
  const statusOf = (signal: AbortSignal, error: object = new Error('no')) =>
    failureStatus(toRequestError(error, { ...about, signal }), signal);
  const never = new AbortController().signal;

  for (const code of ['CONNECT', 'HEADERS', 'BODY']) {
    it(`that the client gave up (${code}) is a timeout`, () => {
      expect(statusOf(never, { code: `UND_ERR_${code}_TIMEOUT` })).to.equal('timeout');
    });
  }

  it('whose time is over is a timeout', () => {
    const reason = new DOMException('no answer in time', 'TimeoutError');
    expect(statusOf(AbortSignal.abort(reason))).to.equal('timeout');
  });

  it('that no call waits for any more is aborted, by any failure', () => {
    const failure = new ConnectorError('timeout', 'no answer');
    expect(statusOf(AbortSignal.abort())).to.equal('aborted');
    expect(failureStatus(failure, AbortSignal.abort(new Error('ended')))).to.equal('aborted');
  });

  it('that failed otherwise is an error', () => {
    expect(statusOf(never, { code: 'ECONNREFUSED' })).to.equal('error');
  });
});

/** What a request over a fresh pool fails with. */
async function failureOf(url: string): Promise<ConnectorError> {
  const { clock, limits } = connectorContext();
  const pool = await openHttpPool({ clock, limits, recordRequest: () => undefined });
  try {
    await pool.send({ operation: 'people', url, signal: AbortSignal.timeout(10_000) });
  } catch (error) {
    if (error instanceof ConnectorError) return error;
    throw error;
  } finally {
    await pool.close();
  }
  throw new Error('expected a ConnectorError');
}

async function closedPort(): Promise<number> {
  const server = createTcpServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const VARIABLES = [
  'HTTPS_PROXY',
  'https_proxy',
  'HTTP_PROXY',
  'http_proxy',
  'NO_PROXY',
  'no_proxy',
];

/** Runs `work` with only these of the proxy variables. */
async function withEnvironment<T>(
  variables: Readonly<Record<string, string>>,
  work: () => Promise<T>,
): Promise<T> {
  const before = VARIABLES.map((name) => [name, process.env[name]] as const);
  for (const name of VARIABLES) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, variables);
  try {
    return await work();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  }
}

describe('the cause of a request that does not reach the CRM', () => {
  let authority: Authority;
  before(async () => void (authority = await createAuthority()));
  after(() => authority[Symbol.asyncDispose]());

  const failsWith = async (url: string, words: RegExp, kind = 'unavailable') => {
    const error = await failureOf(url);
    expect(error.message).to.match(words);
    expect(error.kind).to.equal(kind);
  };

  it('is a certificate that is not trusted, and the variable that cures it is named', async () => {
    await using server = await listenTls(await authority.issue('localhost'));
    await failsWith(
      `https://localhost:${server.port}/`,
      /^localhost:\d+ cannot be reached: its certificate is not trusted here.*NODE_EXTRA_CA_CERTS.*\(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)$/,
    );
  });

  it('is gone once NODE_EXTRA_CA_CERTS names the authority', async () => {
    await using server = await listenTls(await authority.issue('localhost'));
    const index = new URL('../../src/connector/index.ts', import.meta.url).href;
    const script = `
      const { openHttpPool } = await import(${JSON.stringify(index)});
      const pool = await openHttpPool({ clock: { now: Date.now, monotonic: () => performance.now() }, limits: { concurrency: 1 }, recordRequest() {} });
      const url = 'https://localhost:${server.port}/';
      const { status } = await pool.send({ operation: 'x', url, signal: AbortSignal.timeout(9000) });
      console.log(status);
      await pool.close();`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '-e', script],
      { env: { ...process.env, NODE_EXTRA_CA_CERTS: authority.file } },
    );
    expect(stdout).to.equal('200\n');
  });

  describe('with an authority that is trusted', () => {
    let distrust: () => void;
    before(() => void (distrust = authority.trust()));
    after(() => distrust());

    it('is a certificate that has expired', async () => {
      await using server = await listenTls(await authority.issue('localhost', -1));
      await failsWith(
        `https://localhost:${server.port}/`,
        /: its certificate has expired: renew it, .*\(CERT_HAS_EXPIRED\)$/,
      );
    });

    it('is a certificate made for another name', async () => {
      await using server = await listenTls(await authority.issue('crm.example'));
      await failsWith(
        `https://localhost:${server.port}/`,
        /: its certificate is made for another name: .*\(ERR_TLS_CERT_ALTNAME_INVALID\)$/,
      );
    });
  });

  it('is a server without TLS', async () => {
    const server = createServer((_, response) => response.end());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      await failsWith(`https://127.0.0.1:${port}/`, /: it does not speak TLS: check the port/);
    } finally {
      server.close();
    }
  });

  it('is a host that is not found', async () => {
    await failsWith(
      'https://crm.nowhere.invalid/',
      /^crm\.nowhere\.invalid .*: the host is not found/,
    );
  });

  it('is a port where nothing listens', async () => {
    const port = await closedPort();
    await failsWith(`http://127.0.0.1:${port}/`, /: the connection is refused.*\(ECONNREFUSED\)$/);
  });

  for (const variable of ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY']) {
    it(`is a proxy of ${variable} that nothing answers for`, async () => {
      const proxy = `http://ann:secret-words@127.0.0.1:${await closedPort()}`;
      const error = await withEnvironment({ [variable]: proxy }, () =>
        failureOf('https://crm.example/'),
      );
      expect(error.kind).to.equal('unavailable');
      expect(error.message)
        .to.match(
          new RegExp(
            `^crm\\.example cannot be reached: the proxy that ${variable} names cannot be reached: the connection is refused`,
          ),
        )
        .and.not.match(/secret|127\.0/);
    });

    for (const value of ['proxy.corp.example:3128', '10.0.0.1:3128', 'gateway7', 'http//proxy:1']) {
      it(`is ${variable} when it holds ${value}, and its value is not printed`, async () => {
        const error = await withEnvironment({ [variable]: value }, () =>
          failureOf('https://crm.example/'),
        );
        expect(error.kind).to.equal('misconfigured');
        expect(error.message)
          .to.include(`the environment variable ${variable} is not the address of a proxy`)
          .and.not.include(value);
      });
    }
  }

  it('is HTTP_PROXY for an address without TLS, both without an answer and without a scheme', async () => {
    const url = 'http://127.0.0.1:1/';
    const gone = `http://127.0.0.1:${await closedPort()}`;
    for (const [value, words] of [
      [gone, /the proxy that HTTP_PROXY names cannot be reached: the connection is refused/],
      ['proxy.corp.example:3128', /HTTP_PROXY is not the address of a proxy/],
    ] as const) {
      const error = await withEnvironment({ HTTP_PROXY: value }, () => failureOf(url));
      expect(error.message).to.match(words);
    }
  });

  it('is no variable for a host that NO_PROXY excepts', async () => {
    const url = `https://127.0.0.1:${await closedPort()}/`;
    const variables = { HTTPS_PROXY: 'proxy.corp.example:3128', NO_PROXY: '127.0.0.1' };
    const { message } = await withEnvironment(variables, () => failureOf(url));
    expect(message).to.match(/^127\.0\.0\.1:\d+ cannot be reached: the connection is refused/);
  });

  describe('behind a proxy that answers', () => {
    /** Answers CONNECT and plain requests with this status. */
    const proxied = async (status: number, url: string) => {
      const answer: RequestListener = (_, response) => response.writeHead(status).end();
      const proxy = createServer(answer);
      proxy.on('connect', (_, socket) => socket.end(`HTTP/1.1 ${status} No\r\n\r\n`));
      await once(proxy.listen(0, '127.0.0.1'), 'listening');
      const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      try {
        return await withEnvironment({ HTTP_PROXY: address, HTTPS_PROXY: address }, () =>
          failureOf(url),
        );
      } finally {
        proxy.closeAllConnections();
        proxy.close();
      }
    };

    for (const [url, variable] of [
      ['https://crm.example/', 'HTTPS_PROXY'],
      ['http://127.0.0.1:1/', 'HTTP_PROXY'],
    ] as const) {
      it(`is its password, with the variable ${variable}`, async () => {
        const { kind, message } = await proxied(407, url);
        expect(kind).to.equal('unavailable');
        expect(message).to.include(
          `the proxy that ${variable} names wants a password, or another one (407)`,
        );
      });
    }

    it('is its refusal, or that it does not reach the host either', async () => {
      const url = 'https://crm.example/';
      expect((await proxied(403, url)).message).to.match(/does not let it through \(403\)/);
      expect((await proxied(502, url)).message).to.match(/does not reach it either \(502\)/);
    });
  });

  it('is given by its code to connectors without HTTP', () => {
    expect(networkCause('ECONNREFUSED')).to.match(/^the connection is refused/);
    expect(networkCause('SELF_SIGNED_CERT_IN_CHAIN')).to.match(/NODE_EXTRA_CA_CERTS/);
    for (const unknown of ['', 'ETEAPOT', 'constructor']) {
      expect(networkCause(unknown)).to.equal(undefined);
    }
  });
});
