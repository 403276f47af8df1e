/** Requests an access token, in each of the three flows, and keeps the refresh token in use. */
import { createHash, createPrivateKey, sign } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import {
  ConnectorError,
  isHttpsOrLoopback,
  isMissing,
  readText,
  signInByRefresh,
  whyUnreadable,
  type Clock,
  type ConnectorContext,
  type Granted,
} from '../../src/connector/index.ts';
import { asksForRetry, tokenError } from './errors.ts';
import type { Jsforce, TransportFor } from './jsforce.ts';
import { apiHostOf, type Auth } from './settings.ts';

export interface Token {
  readonly accessToken: string;
  /** Where the API is: an origin. It may change from one sign-in to the next. */
  readonly instanceUrl: string;
}

export interface SignInOptions {
  readonly auth: Auth;
  readonly loginUrl: string;
  readonly jsforce: Jsforce;
  readonly transportFor: TransportFor;
  readonly clock: Clock;
  /** Of the flow `refreshToken`. */
  readonly tokenFile: TokenFile | undefined;
}

/** @returns what requests a token: `auth` when refused; `bad_response` when the response holds none. */
export function createSignIn(
  options: SignInOptions,
  context: Pick<ConnectorContext, 'refreshGrant'>,
): (signal: AbortSignal) => Promise<Token> {
  const { auth, tokenFile: file } = options;
  if (auth.flow !== 'refreshToken' || file === undefined)
    return async (signal) => (await requestToken(options, signal)).access;
  const grant = context.refreshGrant(auth.refreshToken, file.current);
  const renew = signInByRefresh(grant, (newest, signal) => requestToken(options, signal, newest));
  return async () => {
    const { token, refreshToken } = await renew();
    if (refreshToken !== file.current) await file.replace(refreshToken, grant.isShared);
    return token;
  };
}

/** @param refreshToken of the flow with that name. */
async function requestToken(
  options: SignInOptions,
  signal: AbortSignal,
  refreshToken = '',
): Promise<Granted<Token>> {
  const { auth } = options;
  const transport = options.transportFor({
    operation: 'token',
    signal,
    // With rotation the old token may be void already, though no response came.
    idempotent: auth.flow !== 'refreshToken',
  });
  const request = async (): Promise<unknown> => {
    const oauth2 = new options.jsforce.OAuth2({
      loginUrl: options.loginUrl,
      // An assertion names the client.
      ...(auth.flow === 'jwtBearer' ? {} : { clientId: auth.clientId }),
      ...('clientSecret' in auth && auth.clientSecret !== undefined
        ? { clientSecret: auth.clientSecret }
        : {}),
    });
    oauth2._transport = transport;
    switch (auth.flow) {
      case 'clientCredentials':
        return await oauth2.requestToken({ grant_type: 'client_credentials' });
      case 'jwtBearer':
        return await oauth2.requestToken({
          grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
          assertion: assertion(auth, options),
        });
      case 'refreshToken':
        return await oauth2.refreshToken(refreshToken);
    }
  };
  const send = request().catch((error: unknown) => {
    if (asksForRetry(error)) return request();
    throw error;
  });
  const body = await send.catch((error: unknown) => {
    throw tokenError(error, transport.response, auth.flow);
  });
  const access = parseToken(body);
  const { refresh_token: next } = Object(body) as Record<string, unknown>;
  return { access, refreshToken: typeof next === 'string' && next !== '' ? next : undefined };
}

function parseToken(body: unknown): Token {
  const { access_token: accessToken, instance_url: url } = Object(body) as Record<string, unknown>;
  if (typeof accessToken !== 'string' || accessToken === '' || typeof url !== 'string') {
    throw new ConnectorError(
      'bad_response',
      'The sign-in response holds no access_token and instance_url: is loginUrl a Salesforce address?',
    );
  }
  const instance = URL.parse(url);
  // The token is sent there, so not in the clear; jsforce refuses the addresses of pages.
  const isUsable = isHttpsOrLoopback(url) && apiHostOf(instance?.hostname ?? '') === undefined;
  if (instance === null || !isUsable) {
    throw new ConnectorError('bad_response', 'The sign-in response names no usable instance_url');
  }
  return { accessToken, instanceUrl: instance.origin };
}

/** Salesforce accepts at most five minutes; clocks differ. */
const ASSERTION_LIFETIME_SECONDS = 180;

/** RFC 7523 as Salesforce wants it: RS256, `iss` the client, `sub` the user, `aud` the sign-in host. */
function assertion(
  auth: Extract<Auth, { flow: 'jwtBearer' }>,
  options: Pick<SignInOptions, 'loginUrl' | 'clock'>,
): string {
  const claims = {
    iss: auth.clientId,
    sub: auth.username,
    aud: auth.audience ?? audienceFor(options.loginUrl),
    exp: Math.floor(options.clock.now() / 1000) + ASSERTION_LIFETIME_SECONDS,
  };
  const content = [{ alg: 'RS256' }, claims].map((part) => base64url(JSON.stringify(part)));
  const signature = sign(
    'sha256',
    Buffer.from(content.join('.')),
    createPrivateKey(auth.privateKey),
  );
  return [...content, base64url(signature)].join('.');
}

/** Also as they were named before enhanced domains: `acme--dev.my.salesforce.com`, `cs12.salesforce.com`. */
const SANDBOX =
  /^(?:test|cs\d+)\.salesforce\.com$|^[^.]+--[^.]+(?:\.cs\d+)?\.my\.salesforce\.com$|\.(?:sandbox|scratch)\.my\.salesforce\.com$/;

/** @returns the sign-in host for an org's own address; that of all sandboxes and scratch orgs is another. */
export function audienceFor(loginUrl: string): string {
  const { hostname, origin } = new URL(loginUrl);
  if (SANDBOX.test(hostname)) {
    return 'https://test.salesforce.com';
  }
  return hostname.endsWith('.salesforce.com') ? 'https://login.salesforce.com' : origin;
}

function base64url(data: string | Buffer): string {
  return Buffer.from(data).toString('base64url');
}

/** The refresh token in use. */
export interface TokenFile {
  readonly current: string;
  /** To be called after a sign-in that issued a new one. Never fails: the new one is in use in any case. */
  replace(token: string, isKeptElsewhere: boolean): Promise<void>;
}

/**
 * An app with rotation issues a new refresh token at every sign-in and voids the old one. The new one cannot be
 * written to the YAML, so a small file keeps it.
 * @param auth the file counts only as long as its token is derived from that of the settings, so that a new one
 *   in the YAML takes precedence.
 * @throws {ConnectorError} `misconfigured` when the file exists but cannot be read.
 */
export function openTokenFile(
  auth: Extract<Auth, { flow: 'refreshToken' }>,
  context: Pick<ConnectorContext, 'log' | 'setNotice' | 'resolvePath'>,
): TokenFile {
  const configured = auth.refreshToken;
  const file = auth.tokenFile === undefined ? undefined : context.resolvePath(auth.tokenFile);
  const origin = createHash('sha256').update(configured).digest('hex');
  let current = (file === undefined ? undefined : readTokenFile(file, origin)) ?? configured;
  return {
    get current() {
      return current;
    },
    async replace(token, isKeptElsewhere) {
      current = token;
      const noFile = isKeptElsewhere ? undefined : NO_FILE;
      const problem = file === undefined ? noFile : await writeTokenFile(file, origin, token);
      context.setNotice('refresh-token', problem);
      if (problem !== undefined) context.log.warn(problem);
    },
  };
}

const NO_FILE =
  'Salesforce replaced the refresh token (rotation), and the one in the configuration is void: ' +
  'set auth.tokenFile or share a Redis (shared), or authorize again before the next start';

function readTokenFile(file: string, origin: string): string | undefined {
  try {
    const kept = JSON.parse(readText(file)) as unknown;
    const { descendsFrom, refreshToken } = Object(kept) as Record<string, unknown>;
    return descendsFrom === origin && typeof refreshToken === 'string' ? refreshToken : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    const got = error instanceof SyntaxError ? 'something that is not JSON' : whyUnreadable(error);
    throw new ConnectorError(
      'misconfigured',
      `auth.tokenFile ${file} can't be read, got ${got}: fix it, or delete it and set a new auth.refreshToken`,
      // A SyntaxError would quote the file, and with it the token.
      error instanceof SyntaxError ? {} : { cause: error },
    );
  }
}

/** Replaces the file as a whole, so that a crash never leaves half a token. @returns what went wrong. */
async function writeTokenFile(
  file: string,
  origin: string,
  token: string,
): Promise<string | undefined> {
  const tempFile = `${file}.new`;
  try {
    const content = JSON.stringify({ descendsFrom: origin, refreshToken: token });
    // One that was left there, or a pipe, is not written to.
    await rm(tempFile, { force: true });
    await writeFile(tempFile, `${content}\n`, { mode: 0o600, flag: 'wx' });
    await rename(tempFile, file);
    return undefined;
  } catch (error) {
    await rm(tempFile, { force: true }).catch(() => undefined);
    const { code } = error as NodeJS.ErrnoException;
    return `Salesforce replaced the refresh token, and auth.tokenFile ${file} can't be written (${code ?? 'unknown'})`;
  }
}
