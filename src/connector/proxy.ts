/**
 * The proxy that the environment names, as undici reads it: lower case before upper case, HTTP_PROXY also for
 * https:// when there is no HTTPS_PROXY. A failure of the proxy is not taken for one of the CRM.
 */
import type { buildConnector } from 'undici';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The proxy was not reached, or cannot be used at all. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  /** `unusable`: the variable's value is not the address of a proxy. */
  readonly code: 'unreachable' | 'unusable';

  constructor(code: ProxyError['code'], options: { readonly cause?: unknown } = {}) {
    super(`the proxy is ${code}`, options);
    this.code = code;
  }
}

/** Replaces a variable that cannot be used: undici would not open, though NO_PROXY may except every host. */
const UNUSABLE = new URL('http://unusable-proxy.invalid/');

/** What undici is to use instead of the variables. */
export function proxyOptions(env: Environment): { httpProxy?: string; httpsProxy?: string } {
  const [http, https] = [valueOf(env, 'http_proxy'), valueOf(env, 'https_proxy')];
  return {
    ...(http === '' ? {} : { httpProxy: usable(http).href }),
    ...(https === '' ? {} : { httpsProxy: usable(https).href }),
  };
}

/** @returns the variable in force for a URL, by its name; `undefined` without one. NO_PROXY is not regarded. */
export function proxyVariable(url: string, env: Environment): string | undefined {
  const names = url.startsWith('https:') ? ['https_proxy', 'http_proxy'] : ['http_proxy'];
  const name = names.find((one) => valueOf(env, one) !== '');
  return name !== undefined && env[name] === undefined ? name.toUpperCase() : name;
}

/** @returns a connect function for the proxy itself, whose failures are a {@link ProxyError}. */
export function connectToProxy(
  proxy: URL,
  connect: buildConnector.connector,
): buildConnector.connector {
  return (options, callback) => {
    if (proxy.href === UNUSABLE.href) return callback(new ProxyError('unusable'), null);
    connect(options, (...[error, socket]) => {
      if (error === null) callback(null, socket);
      else callback(new ProxyError('unreachable', { cause: error }), null);
    });
  };
}

function valueOf(env: Environment, name: string): string {
  return env[name] ?? env[name.toUpperCase()] ?? '';
}

const PROTOCOLS: ReadonlySet<string> = new Set(['http:', 'https:', 'socks5:', 'socks:']);

function usable(value: string): URL {
  const url = URL.parse(value.trim());
  if (url === null || !PROTOCOLS.has(url.protocol) || url.hostname === '') return UNUSABLE;
  try {
    // As undici does to send them.
    decodeURIComponent(url.username + url.password);
    return url;
  } catch {
    return UNUSABLE;
  }
}
