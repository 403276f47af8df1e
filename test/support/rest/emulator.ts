/**
 * A small customer API, strict: it refuses what a real one would refuse. Customers by a fuzzy search or many at
 * once, their tickets and orders below them, companies by domain, bearer tokens of an OAuth 2 token URL.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Customer {
  readonly id: string;
  readonly first: string;
  readonly last: string;
  readonly mail: string;
  readonly plan?: string;
  readonly account?: string;
  readonly seen?: string;
  readonly tickets?: readonly object[];
  readonly orders?: readonly object[];
}

/** What the API does instead of answering, until `faults` is emptied. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface RestEmulator {
  readonly url: string;
  readonly customers: Customer[];
  readonly companies: { readonly id: string; readonly domain: string; readonly title: string }[];
  /** `METHOD /path?query` of every request, in order. */
  readonly requests: readonly string[];
  /** The headers of the latest request to the API. */
  readonly headers: () => IncomingMessage['headers'];
  readonly faults: Fault[];
  /** Access tokens that are valid now; `static` always is. */
  readonly tokens: Set<string>;
  /** Tokens issued by the token URL. */
  readonly issued: () => number;
  /** The refresh token that the next refresh must show. */
  readonly refreshToken: () => string;
  /** What the token URL waits for, before it looks at a request and before it answers. */
  readonly tokenGate: { before?: Promise<unknown>; after?: Promise<unknown> };
  /** The refresh token before the latest is still good. */
  setLenient(isLenient: boolean): void;
  /** The client is known by HTTP Basic alone. */
  wantBasic(): void;
  /** The body of the latest token request. */
  tokenForm(): URLSearchParams;
  close(): Promise<void>;
}

export const CLIENT = { clientId: 'bridge', clientSecret: 's3cret-of-the-client' } as const;
export const STATIC_TOKEN = 'static-token-of-the-api';

export async function startRestEmulator(port = 0): Promise<RestEmulator> {
  const customers: Customer[] = [...CUSTOMERS];
  const companies = [{ id: 'c9', domain: 'acme.example', title: 'ACME GmbH' }];
  const requests: string[] = [];
  const faults: Fault[] = [];
  const tokens = new Set([STATIC_TOKEN]);
  let latest: IncomingMessage['headers'] = {};
  let issued = 0;
  let refresh = 'refresh-0';
  let previous = refresh;
  let isLenient = false;
  let wantsBasic = false;
  let tokenForm = new URLSearchParams();
  const tokenGate: RestEmulator['tokenGate'] = {};

  const server = createServer((request, response) => {
    requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
    if (faults[0]?.(request, response) === true) return;
    void bodyOf(request).then((body) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      if (url.pathname === '/oauth/token') void token(request, body, response);
      else api(request, url, body, response);
    });
  });

  async function token(
    request: IncomingMessage,
    body: string,
    response: ServerResponse,
  ): Promise<void> {
    await tokenGate.before;
    // Who asked is gone.
    if (response.destroyed) return;
    const form = new URLSearchParams(body);
    const isForm = request.headers['content-type'] === 'application/x-www-form-urlencoded';
    if (request.method !== 'POST' || !isForm)
      return json(response, 400, { error: 'invalid_request' });
    tokenForm = form;
    const [id, secret] = wantsBasic
      ? basicOf(request)
      : [form.get('client_id'), form.get('client_secret')];
    const isTwice = wantsBasic && form.has('client_secret');
    if (id !== CLIENT.clientId || secret !== CLIENT.clientSecret || isTwice)
      return json(response, 401, { error: 'invalid_client' });
    const grant = form.get('grant_type');
    if (grant === 'refresh_token') {
      // It rotates: an old one is refused.
      const shown = form.get('refresh_token');
      if (shown !== refresh && !(isLenient && shown === previous))
        return json(response, 400, { error: 'invalid_grant' });
      previous = refresh;
      refresh = `refresh-${issued + 1}`;
    } else if (grant !== 'client_credentials') {
      return json(response, 400, { error: 'unsupported_grant_type' });
    }
    issued += 1;
    const access = `token-${issued}`;
    tokens.add(access);
    const issuedRefresh = refresh;
    await tokenGate.after;
    json(response, 200, {
      access_token: access,
      token_type: 'bearer',
      expires_in: 3600,
      ...(grant === 'refresh_token' && { refresh_token: issuedRefresh }),
    });
  }

  function api(request: IncomingMessage, url: URL, body: string, response: ServerResponse): void {
    latest = request.headers;
    const [, shown = ''] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    if (!tokens.has(shown)) return json(response, 401, { error: 'unauthorized' });
    const path = url.pathname
      .replace(/^\/api\//, '')
      .split('/')
      .map(decodeURIComponent);
    const [resource, id, part] = path;
    if (request.method === 'GET' && resource === 'customers' && path.length === 1) {
      const asked = url.searchParams.get('email');
      if (asked === null) return json(response, 400, { error: 'email is required' });
      const [local = ''] = asked.toLowerCase().split('@');
      // Fuzzy, as search engines are: everybody with the same beginning comes.
      const found = customers.filter(({ mail }) =>
        mail.toLowerCase().startsWith(local.slice(0, 3)),
      );
      return json(response, 200, { data: found.map(shownOf) });
    }
    if (request.method === 'POST' && resource === 'customers' && id === 'search') {
      if (request.headers['content-type'] !== 'application/json') return json(response, 415, {});
      const { emails } = JSON.parse(body) as { readonly emails?: unknown };
      if (!Array.isArray(emails)) return json(response, 400, { error: 'emails must be a list' });
      const found = customers.filter(({ mail }) => emails.includes(mail.toLowerCase()));
      return json(response, 200, { data: found.map(shownOf) });
    }
    if (request.method === 'GET' && resource === 'customers' && path.length === 3) {
      const customer = customers.find((one) => one.id === id);
      if (customer === undefined) return json(response, 404, { error: 'no such customer' });
      if (part === 'tickets') return json(response, 200, { items: customer.tickets ?? [] });
      if (part === 'orders') return json(response, 200, { items: customer.orders ?? [] });
    }
    if (request.method === 'GET' && resource === 'companies') {
      const domain = url.searchParams.get('domain');
      return json(response, 200, { data: companies.filter((one) => one.domain === domain) });
    }
    json(response, 404, { error: 'no such route' });
  }

  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(port, '127.0.0.1', listening);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    customers,
    companies,
    requests,
    headers: () => latest,
    faults,
    tokens,
    issued: () => issued,
    refreshToken: () => refresh,
    tokenGate,
    setLenient: (value) => void (isLenient = value),
    wantBasic: () => void (wantsBasic = true),
    tokenForm: () => tokenForm,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

function shownOf({ id, first, last, mail, plan, account, seen }: Customer) {
  return {
    id,
    first,
    last,
    attributes: { mail },
    plan: plan === undefined ? null : { name: plan },
    account: account === undefined ? null : { title: account },
    seen,
  };
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}

function basicOf({ headers }: IncomingMessage): readonly (string | undefined)[] {
  const [, encoded = ''] = /^Basic (\S+)$/.exec(headers.authorization ?? '') ?? [];
  return Buffer.from(encoded, 'base64').toString().split(':').map(decodeURIComponent);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const CUSTOMERS: readonly Customer[] = [
  {
    id: '7',
    first: 'Jane',
    last: 'Doe',
    mail: 'Jane.Doe@acme.example',
    plan: 'pro',
    account: 'ACME GmbH',
    tickets: [
      { no: 41, title: 'Export stops', state: 'open', at: '2026-11-20T08:00:00Z' },
      { no: 12, title: 'Old question', state: 'closed', at: '2026-01-20T08:00:00Z' },
    ],
    orders: [{ id: 'o1', title: 'Renewal', value: 186000, due: '2027-01-29' }],
  },
  { id: '8', first: 'Janet', last: 'Door', mail: 'janet@acme.example', account: 'ACME GmbH' },
  { id: '9', first: 'Joe', last: 'Bloggs', mail: 'joe@acme.example' },
  { id: '10', first: 'Pat', last: 'O’Brien', mail: "o'brien@books.example", account: 'Books' },
  { id: '11', first: 'Max', last: 'Müller', mail: 'müller@bücher.example', account: 'Bücher' },
];

/** A connection to it, as in docs/rest.md. */
export function restSettings(url: string): Readonly<Record<string, unknown>> {
  const map = {
    id: 'id',
    name: 'first | append: " " | append: last',
    firstName: 'first',
    lastName: 'last',
    'company.name': 'account.title',
    'fields.plan': 'plan.name',
  };
  return {
    baseUrl: `${url}/api/`,
    auth: { bearer: STATIC_TOKEN },
    headers: { 'X-Account': '42' },
    person: {
      get: 'customers',
      query: { email: '{{ email }}', limit: 5 },
      rows: 'data',
      match: 'attributes.mail',
      notFound: [404],
      map,
    },
    people: {
      post: 'customers/search',
      json: { emails: '{{ emails }}' },
      rows: 'data',
      key: 'attributes.mail',
      map,
    },
    deals: {
      get: 'customers/{{ contact.id }}/orders',
      rows: 'items',
      notFound: [404],
      map: { id: 'id', name: 'title', amount: 'value', closeDate: 'due', open: 'true' },
    },
    tickets: {
      get: 'customers/{{ contact.id }}/tickets',
      rows: 'items',
      notFound: [404],
      where: 'state != "closed"',
      map: { number: 'no', subject: 'title', createdAt: 'at', open: 'true' },
    },
    company: {
      get: 'companies',
      query: { domain: '{{ domain }}' },
      rows: 'data',
      match: 'domain',
      map: { id: 'id', name: 'title', domain: 'domain' },
    },
  };
}
