/** Zendesk's Support API as its reference describes it: search of users, organisations, requested tickets. */
import {
  isSimilar,
  startFakeApi,
  unknownParameter,
  type FakeAnswer,
  type RecipeFake,
} from './fake-api.ts';

const EMAIL = 'agent@acme.example';
const TOKEN = 'zendesk-token-6wiIBWbGkBMo1mRDMuVwkw1EPsNkeUj';
const BASIC = `Basic ${Buffer.from(`${EMAIL}/token:${TOKEN}`).toString('base64')}`;
const PAGE = { next_page: null, previous_page: null };

export async function startZendesk(): Promise<RecipeFake> {
  const searched: string[] = [];
  const api = await startFakeApi(({ method, path, query, headers }) => {
    if (headers.authorization !== BASIC) {
      return { status: 401, body: { error: "Couldn't authenticate you" } };
    }
    if (method !== 'GET') return { status: 405, body: { error: 'Method not allowed' } };
    const [, user] = /^\/api\/v2\/users\/(\d+)\/tickets\/requested(?:\.json)?$/.exec(path) ?? [];
    const [, group] = /^\/api\/v2\/organizations\/(\d+)(?:\.json)?$/.exec(path) ?? [];
    if (!isPage(query.get('per_page'))) return invalid('per_page');
    if (/^\/api\/v2\/users\/search(?:\.json)?$/.test(path)) {
      const unknown = unknownParameter(query, ['query', 'external_id', 'page', 'per_page']);
      if (unknown !== undefined) return invalid(unknown);
      const asked = phraseOf(query.get('query') ?? '');
      if (asked === undefined) return { status: 422, body: { error: 'Unprocessable Entity' } };
      searched.push(asked);
      const users = USERS.filter(({ email }) => isSimilar(email, asked));
      return { status: 200, body: { users, ...PAGE, count: users.length } };
    }
    if (user !== undefined) {
      const unknown = unknownParameter(query, ['sort_by', 'sort_order', 'page', 'per_page']);
      if (unknown !== undefined) return invalid(unknown);
      if (!['asc', 'desc'].includes(query.get('sort_order') ?? 'asc')) return invalid('sort_order');
      if (!USERS.some(({ id }) => String(id) === user)) return NOT_FOUND;
      const tickets = TICKETS.filter(({ requester_id: id }) => String(id) === user);
      return { status: 200, body: { tickets, ...PAGE, count: tickets.length } };
    }
    if (group === '9') return { status: 200, body: { organization: ORGANIZATION } };
    return NOT_FOUND;
  });
  return {
    ...api,
    searched,
    secret: 'ZENDESK_TOKEN',
    env: { ZENDESK_URL: api.url, ZENDESK_EMAIL: EMAIL, ZENDESK_TOKEN: TOKEN },
  };
}

const NOT_FOUND: FakeAnswer = {
  status: 404,
  body: { error: 'RecordNotFound', description: 'Not found' },
};

function invalid(parameter: string): FakeAnswer {
  return { status: 400, body: { error: { title: 'Invalid attribute', message: parameter } } };
}

/** @returns the text of `email:"…"`; `undefined` when the query says anything else or more. */
function phraseOf(query: string): string | undefined {
  const [, text] = /^email:"((?:[^"\\]|\\.)*)"$/.exec(query) ?? [];
  return text?.replace(/\\(.)/g, '$1');
}

function isPage(size: string | null): boolean {
  return size === null || (/^\d+$/.test(size) && Number(size) >= 1 && Number(size) <= 100);
}

const USER = {
  created_at: '2024-05-02T08:00:00Z',
  updated_at: '2026-11-02T08:00:00Z',
  time_zone: 'Berlin',
  phone: null,
  locale: 'en-US',
  organization_id: null,
  role: 'end-user',
  verified: true,
  external_id: null,
  tags: [],
  alias: null,
  active: true,
  shared: false,
  last_login_at: null,
  notes: null,
  suspended: false,
  user_fields: {},
};
const USERS = [
  { ...USER, id: 6, name: 'Janet Door', email: 'janet@acme.example', organization_id: 9 },
  {
    ...USER,
    id: 7,
    name: 'Jane Doe',
    email: 'jane.doe@acme.example',
    phone: '+15551234567',
    organization_id: 9,
    last_login_at: '2026-11-20T08:00:00Z',
    notes: 'prefers e-mail',
  },
  { ...USER, id: 8, name: 'Sol Lone', email: 'sol@alone.example' },
  { ...USER, id: 11, name: 'Gone Doe', email: 'gone@acme.example', active: false },
  { ...USER, id: 10, name: 'Pat O’Brien', email: "o'brien@books.example" },
];

const ORGANIZATION = {
  id: 9,
  url: 'https://acme.zendesk.com/api/v2/organizations/9.json',
  name: 'ACME GmbH',
  shared_tickets: false,
  external_id: null,
  domain_names: ['acme.example', 'acme.test'],
  details: '',
  notes: '',
  group_id: null,
  tags: [],
  organization_fields: {},
};

const TICKET = {
  requester_id: 7,
  submitter_id: 7,
  assignee_id: null,
  organization_id: 9,
  priority: null,
  type: null,
  description: 'It does.',
  tags: [],
  custom_fields: [],
};
const TICKETS = [
  {
    ...TICKET,
    id: 412,
    subject: 'Export stops',
    raw_subject: 'Export stops',
    priority: 'high',
    status: 'open',
    created_at: '2026-11-20T08:00:00Z',
  },
  {
    ...TICKET,
    id: 97,
    subject: 'Old question',
    raw_subject: 'Old question',
    status: 'closed',
    created_at: '2026-01-20T08:00:00Z',
  },
];
