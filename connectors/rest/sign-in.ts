/** How requests prove who asks: a fixed secret, or an OAuth 2 token that all calls share. */
import {
  ConnectorError,
  kindForStatus,
  retryAfterMs,
  SharedSignIn,
  signInByRefresh,
  type ConnectorContext,
  type HttpPool,
  type Granted,
} from '../../src/connector/index.ts';
import type { Settings } from './settings.ts';

export interface SignIn {
  /** @returns headers and query parameters to add. @throws {ConnectorError} */
  credentials(signal: AbortSignal): Promise<Credentials>;
  /** The API accepted these credentials for a person. */
  accept(used: Credentials): void;
  /** @returns whether these credentials were accepted for a person. */
  isAccepted(used: Credentials): boolean;
  /**
   * The API refused these credentials.
   * @param isForPerson whether it did so for a person; else for a section alone. @returns whether others may help.
   * @throws {ConnectorError}
   */
  refuse(used: Credentials, isForPerson: boolean, signal: AbortSignal): Promise<boolean>;
}

export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly token?: string;
}

export function createSignIn(
  auth: Settings['auth'],
  http: HttpPool,
  context: Pick<ConnectorContext, 'clock' | 'setNotice' | 'log' | 'refreshGrant'>,
): SignIn {
  if (auth !== undefined && 'oauth2' in auth) return oauth2(auth.oauth2, http, context);
  const fixed = fixedCredentials(auth);
  let isAccepted = false;
  return {
    credentials: () => Promise.resolve(fixed),
    accept: () => void (isAccepted = true),
    isAccepted: () => isAccepted,
    refuse(_used, isForPerson) {
      if (isForPerson) isAccepted = false;
      return Promise.resolve(false);
    },
  };
}

function fixedCredentials(
  auth: Exclude<Settings['auth'], { readonly oauth2: unknown }>,
): Credentials {
  const none = { headers: {}, query: {} };
  if (auth === undefined) return none;
  if ('bearer' in auth) return { ...none, headers: { authorization: `Bearer ${auth.bearer}` } };
  if ('header' in auth) return { ...none, headers: { [auth.header.name]: auth.header.value } };
  if ('query' in auth) return { ...none, query: { [auth.query.name]: auth.query.value } };
  return { ...none, headers: basic(auth.basic.username, auth.basic.password) };
}

function basic(username: string, password: string): { readonly authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

/** RFC 6749, section 2.3.1. */
function formEncoded(value: string): string {
  return new URLSearchParams([['', value]]).toString().slice(1);
}

type OAuth2 = Extract<NonNullable<Settings['auth']>, { readonly oauth2: unknown }>['oauth2'];

function oauth2(
  { tokenUrl, clientId, clientSecret, scope, refreshToken, scheme, clientAuth, parameters }: OAuth2,
  http: HttpPool,
  context: Pick<ConnectorContext, 'clock' | 'setNotice' | 'log' | 'refreshGrant'>,
): SignIn {
  async function request(
    refresh: string | undefined,
    signal: AbortSignal,
  ): Promise<Granted<string>> {
    const form = new URLSearchParams({
      ...parameters,
      grant_type: refresh === undefined ? 'client_credentials' : 'refresh_token',
      ...(clientAuth === 'body' && { client_id: clientId, client_secret: clientSecret }),
      ...(scope !== undefined && { scope }),
      ...(refresh !== undefined && { refresh_token: refresh }),
    });
    const answer = await http.send({
      operation: 'token',
      url: tokenUrl,
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
        ...(clientAuth === 'header' && basic(formEncoded(clientId), formEncoded(clientSecret))),
      },
      body: form.toString(),
      signal,
    });
    if (answer.status >= 500 || answer.status === 429) {
      throw new ConnectorError(
        kindForStatus(answer.status),
        `the token URL answered ${answer.status}`,
        {
          retryAfterMs: retryAfterMs(answer.headers['retry-after'], context.clock.now()),
        },
      );
    }
    const refused = (what: string | number) =>
      new ConnectorError(
        'auth',
        `the token URL answered ${what}: look at clientId, clientSecret and refreshToken, and whether it wants "clientAuth: header"`,
      );
    if (answer.status !== 200) throw refused(answer.status);
    const {
      access_token: access,
      expires_in: seconds,
      refresh_token: next,
      error,
    } = Object(answer.json()) as Record<string, unknown>;
    // Zoho refuses with 200.
    if (typeof error === 'string' && access === undefined) throw refused('with an error');
    if (typeof access !== 'string' || access === '') {
      throw new ConnectorError('bad_response', 'the token URL answered without an access_token');
    }
    const lifetime = Number(seconds);
    return {
      access,
      lifetimeMs: Number.isFinite(lifetime) && lifetime > 0 ? lifetime * 1000 : undefined,
      // RFC 6749, section 6: a new one takes the place of the old.
      refreshToken: typeof next === 'string' && next !== '' ? next : undefined,
    };
  }

  const shared = new SharedSignIn<string>({
    context,
    uncancellable: refreshToken !== undefined,
    notAccepted: (retryAfterMs) =>
      new ConnectorError('auth', 'the API does not accept the tokens that the token URL issues', {
        retryAfterMs,
      }),
    signIn:
      refreshToken === undefined
        ? async (signal) => {
            const { access: token, lifetimeMs = Infinity } = await request(undefined, signal);
            return { token, lifetimeMs };
          }
        : signInByRefresh(context.refreshGrant(refreshToken), request),
  });
  let accepted: string | undefined;
  return {
    async credentials(signal) {
      const token = await shared.get(signal);
      return { headers: { authorization: `${scheme} ${token}` }, query: {}, token };
    },
    accept({ token }) {
      if (token === undefined) return;
      accepted = token;
      shared.accept(token);
    },
    isAccepted: ({ token }) => token !== undefined && token === accepted,
    async refuse({ token }, isForPerson, signal) {
      if (token === undefined) return false;
      if (!isForPerson) return await shared.renew(token, signal);
      shared.invalidate(token);
      return true;
    },
  };
}
