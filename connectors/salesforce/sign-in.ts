/** Asks the token endpoint for an access token, in each of the three flows. */
import { createPrivateKey, sign } from 'node:crypto';
import { type Clock, ConnectorError } from '../../src/connector/index.ts';
import { tokenError } from './errors.ts';
import type { Jsforce } from './jsforce.ts';
import type { RefreshToken } from './refresh-token.ts';
import { apiHostOf, isSafeOrigin, type Auth } from './settings.ts';
import type { TransportFor } from './transport.ts';

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
  /** Only used by the flow `refreshToken`. */
  readonly refreshToken: RefreshToken | undefined;
}

/** @throws {ConnectorError} `auth` when refused; `bad_response` when the answer is no token. */
export async function signIn(options: SignInOptions, signal: AbortSignal): Promise<Token> {
  const { auth, refreshToken } = options;
  const transport = options.transportFor({
    operation: 'token',
    signal,
    // With rotation the old token may be void already, though no answer came.
    idempotent: auth.flow !== 'refreshToken',
  });
  const request = async (): Promise<unknown> => {
    const oauth2 = new options.jsforce.OAuth2({
      loginUrl: options.loginUrl,
      // An assertion names the client itself.
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
        return await oauth2.refreshToken(refreshToken?.current ?? auth.refreshToken);
    }
  };
  const answer = await request().catch((error: unknown) => {
    throw tokenError(error, transport.reply);
  });
  const token = readToken(answer);
  const { refresh_token: next } = Object(answer) as Record<string, unknown>;
  if (typeof next === 'string' && next !== '' && next !== refreshToken?.current) {
    await refreshToken?.replace(next);
  }
  return token;
}

function readToken(answer: unknown): Token {
  const { access_token: accessToken, instance_url: url } = Object(answer) as Record<
    string,
    unknown
  >;
  if (typeof accessToken !== 'string' || accessToken === '' || typeof url !== 'string') {
    throw new ConnectorError(
      'bad_response',
      'The sign-in answer holds no access_token and instance_url: is loginUrl a Salesforce address?',
    );
  }
  const instance = URL.canParse(url) ? new URL(url) : undefined;
  // The token goes there, so it must not be readable on the way; jsforce refuses pages' addresses.
  if (
    instance === undefined ||
    !isSafeOrigin(instance) ||
    apiHostOf(instance.hostname) !== undefined
  ) {
    throw new ConnectorError('bad_response', 'The sign-in answer names no usable instance_url');
  }
  return { accessToken, instanceUrl: instance.origin };
}

/** Salesforce takes at most five minutes; clocks differ. Seconds. */
const ASSERTION_LIFE_SECONDS = 180;

/** RFC 7523 as Salesforce wants it: RS256, `iss` the client, `sub` the user, `aud` the sign-in host. */
function assertion(
  auth: Extract<Auth, { flow: 'jwtBearer' }>,
  options: Pick<SignInOptions, 'loginUrl' | 'clock'>,
): string {
  const claims = {
    iss: auth.clientId,
    sub: auth.username,
    aud: auth.audience ?? audienceFor(options.loginUrl),
    exp: Math.floor(options.clock.now() / 1000) + ASSERTION_LIFE_SECONDS,
  };
  const content = [{ alg: 'RS256' }, claims].map((part) => base64url(JSON.stringify(part)));
  const signature = sign(
    'sha256',
    Buffer.from(content.join('.')),
    createPrivateKey(auth.privateKey),
  );
  return [...content, base64url(signature)].join('.');
}

function audienceFor(loginUrl: string): string {
  const { hostname, origin } = new URL(loginUrl);
  if (hostname === 'test.salesforce.com' || hostname.endsWith('.sandbox.my.salesforce.com')) {
    return 'https://test.salesforce.com';
  }
  return hostname.endsWith('.salesforce.com') ? 'https://login.salesforce.com' : origin;
}

function base64url(data: string | Buffer): string {
  return Buffer.from(data).toString('base64url');
}
