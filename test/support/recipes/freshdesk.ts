/** Freshdesk's API, version 2, as its reference describes it: contacts by address, companies, tickets. */
import { startFakeApi, unknownParameter, type FakeAnswer, type RecipeFake } from './fake-api.ts';

const KEY = 'freshdesk-key-abcdefghij1234567890';
const BASIC = `Basic ${Buffer.from(`${KEY}:X`).toString('base64')}`;
const THIRTY_DAYS_MS = 30 * 24 * 3600 * 1000;
const NOW = Date.parse('2026-11-24T09:40:00Z');

export async function startFreshdesk(): Promise<RecipeFake> {
  const searched: string[] = [];
  const api = await startFakeApi(({ method, path, query, headers }) => {
    if (headers.authorization !== BASIC) {
      const message = 'You have to be logged in to perform this action.';
      return { status: 401, body: { code: 'invalid_credentials', message } };
    }
    if (method !== 'GET') return { status: 405, body: { message: 'Method Not Allowed' } };
    const [, company] = /^\/api\/v2\/companies\/(\d+)$/.exec(path) ?? [];
    if (path === '/api/v2/contacts') {
      const known = ['email', 'mobile', 'phone', 'company_id', 'state', 'page', 'per_page'];
      const unknown = unknownParameter(query, known);
      const asked = query.get('email') ?? '';
      if (unknown !== undefined) return invalid(unknown, 'Unexpected/invalid field in request');
      if (!asked.includes('@')) return invalid('email', 'It should be in the right format');
      searched.push(asked);
      const found = CONTACTS.filter(({ email, other_emails: more }) =>
        [email, ...more].some((one) => one.toLowerCase() === asked.toLowerCase()),
      );
      // One more than documented: a filter that were ignored must not show other people.
      return { status: 200, body: [...found, ...CONTACTS.filter(({ id }) => id === 6)] };
    }
    if (path === '/api/v2/tickets') {
      const known = 'requester_id email company_id updated_since order_by order_type page per_page';
      const unknown = unknownParameter(query, known.split(' '));
      if (unknown !== undefined) return invalid(unknown, 'Unexpected/invalid field in request');
      const id = query.get('requester_id') ?? '';
      if (!/^\d+$/.test(id)) return invalid('requester_id', 'It should be a/an Positive Integer');
      if (!['created_at', 'due_by', 'updated_at', 'status'].includes(query.get('order_by') ?? ''))
        return invalid('order_by', 'It should be one of these values');
      if (!['asc', 'desc'].includes(query.get('order_type') ?? 'desc'))
        return invalid('order_type', 'It should be one of these values');
      if (Number(query.get('per_page') ?? 30) > 100)
        return invalid('per_page', 'It should be 1-100');
      const since = Date.parse(query.get('updated_since') ?? '');
      const isListed = (at: string, updated: string) =>
        Number.isNaN(since) ? Date.parse(at) > NOW - THIRTY_DAYS_MS : Date.parse(updated) >= since;
      const found = TICKETS.filter(
        (ticket) =>
          String(ticket.requester_id) === id && isListed(ticket.created_at, ticket.updated_at),
      );
      return { status: 200, body: found };
    }
    if (path === '/api/v2/search/companies') {
      const [, domain] = /^"domain:'([a-z0-9.-]+)'"$/.exec(query.get('query') ?? '') ?? [];
      if (domain === undefined) return invalid('query', 'Given query is invalid');
      const results = [COMPANY].filter(({ domains }) => domains.includes(domain));
      return { status: 200, body: { total: results.length, results } };
    }
    if (company === '9' && query.size === 0) return { status: 200, body: COMPANY };
    return { status: 404 };
  });
  return {
    ...api,
    searched,
    secret: 'FRESHDESK_KEY',
    env: { FRESHDESK_URL: api.url, FRESHDESK_KEY: KEY },
  };
}

function invalid(field: string, message: string): FakeAnswer {
  const errors = [{ field, message, code: 'invalid_value' }];
  return { status: 400, body: { description: 'Validation failed', errors } };
}

const CONTACT = {
  active: false,
  address: null,
  company_id: null,
  description: null,
  job_title: null,
  language: 'en',
  mobile: null,
  phone: null,
  time_zone: 'Berlin',
  twitter_id: null,
  other_emails: [] as readonly string[],
  custom_fields: {},
  created_at: '2024-05-02T08:00:00Z',
  updated_at: '2026-11-02T08:00:00Z',
};
const CONTACTS = [
  { ...CONTACT, id: 6, name: 'Janet Door', email: 'janet@acme.example', company_id: 9 },
  {
    ...CONTACT,
    id: 7,
    name: 'Jane Doe',
    email: 'Jane.Doe@acme.example',
    other_emails: ['jane@home.example'],
    job_title: 'Head of Data',
    phone: '555123',
    company_id: 9,
  },
  { ...CONTACT, id: 8, name: 'Sol Lone', email: 'sol@alone.example' },
  { ...CONTACT, id: 10, name: 'Pat O’Brien', email: "o'brien@books.example" },
];

const COMPANY = {
  id: 9,
  name: 'ACME GmbH',
  description: null,
  note: null,
  domains: ['acme.example'],
  health_score: 'Happy',
  account_tier: 'Premium',
  renewal_date: '2027-01-31T00:00:00Z',
  industry: 'Machines',
  custom_fields: {},
  created_at: '2024-05-02T08:00:00Z',
  updated_at: '2026-11-02T08:00:00Z',
};

const TICKET = { requester_id: 7, responder_id: null, source: 2, company_id: 9, spam: false };
const TICKETS = [
  {
    ...TICKET,
    id: 412,
    subject: 'Export stops',
    status: 3,
    priority: 3,
    created_at: '2026-11-20T08:00:00Z',
    updated_at: '2026-11-21T08:00:00Z',
  },
  {
    ...TICKET,
    id: 97,
    subject: 'Old question',
    status: 5,
    priority: 1,
    created_at: '2025-01-20T08:00:00Z',
    updated_at: '2025-02-20T08:00:00Z',
  },
];
