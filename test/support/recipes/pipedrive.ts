/** Pipedrive's API, version 2, as its reference describes it: search of persons, deals of a person. */
import { startFakeApi, unknownParameter, type FakeAnswer, type RecipeFake } from './fake-api.ts';

const TOKEN = 'pipedrive-token-0123456789abcdef01234567';

export async function startPipedrive(): Promise<RecipeFake> {
  const searched: string[] = [];
  const api = await startFakeApi(({ method, path, query, headers }) => {
    if (headers['x-api-token'] !== TOKEN) {
      return failure(401, 'unauthorized access');
    }
    if (method !== 'GET') return failure(405, 'Method not allowed');
    if (path === '/api/v2/persons/search') {
      const known = ['term', 'fields', 'exact_match', 'organization_id', 'limit', 'cursor'];
      const unknown = unknownParameter(query, known);
      const term = query.get('term') ?? '';
      const isExact = query.get('exact_match') === 'true';
      if (unknown !== undefined) return failure(400, `Parameter ${unknown} is not allowed`);
      if (term.length < (isExact ? 1 : 2)) return failure(400, 'Search term is too short');
      if (query.get('fields') !== 'email') return failure(400, 'fields must be email here');
      if (!isLimit(query.get('limit'))) return failure(400, 'limit must be 1 to 500');
      searched.push(term);
      // Exact is exact for any of a person's addresses; it is not case sensitive.
      const found = PERSONS.filter(({ emails }) =>
        emails.some((email) => email.toLowerCase() === term.toLowerCase()),
      );
      // One more, as a search that were not exact would answer.
      const others = PERSONS.filter(({ id }) => id === 99);
      const items = [...others, ...found].map((item) => ({ result_score: 0.29, item }));
      return {
        status: 200,
        body: { success: true, data: { items }, additional_data: { next_cursor: null } },
      };
    }
    if (path === '/api/v2/deals') {
      const known = ['person_id', 'status', 'sort_by', 'sort_direction', 'limit', 'cursor'];
      const unknown = unknownParameter(query, known);
      if (unknown !== undefined) return failure(400, `Parameter ${unknown} is not allowed`);
      if (!/^\d+$/.test(query.get('person_id') ?? '')) return failure(400, 'person_id: integer');
      if (!['id', 'update_time', 'add_time'].includes(query.get('sort_by') ?? 'id'))
        return failure(400, 'sort_by');
      if (!['asc', 'desc'].includes(query.get('sort_direction') ?? 'asc'))
        return failure(400, 'sort_direction');
      if (!isLimit(query.get('limit'))) return failure(400, 'limit must be 1 to 500');
      const data = DEALS.filter(({ person_id: id }) => String(id) === query.get('person_id'));
      return {
        status: 200,
        body: { success: true, data, additional_data: { next_cursor: null } },
      };
    }
    return failure(404, 'Unknown method .');
  });
  return {
    ...api,
    searched,
    secret: 'PIPEDRIVE_TOKEN',
    env: { PIPEDRIVE_URL: api.url, PIPEDRIVE_TOKEN: TOKEN },
  };
}

function failure(status: number, error: string): FakeAnswer {
  return { status, body: { success: false, error, errorCode: status } };
}

function isLimit(text: string | null): boolean {
  return text === null || (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= 500);
}

const PERSON = { type: 'person', visible_to: 3, owner: { id: 1 }, custom_fields: [], notes: [] };
const PERSONS = [
  {
    ...PERSON,
    id: 7,
    name: 'Jane Doe',
    phones: ['+372 555555555'],
    emails: ['Jane.Doe@acme.example', 'jane@home.example'],
    primary_email: 'Jane.Doe@acme.example',
    organization: { id: 9, name: 'ACME GmbH', address: 'Mustamäe tee 3a, 10615 Tallinn' },
  },
  {
    ...PERSON,
    id: 8,
    name: 'Sol Lone',
    phones: [],
    emails: ['sol@alone.example'],
    primary_email: 'sol@alone.example',
    organization: null,
  },
  {
    ...PERSON,
    id: 99,
    name: 'Other Person',
    phones: [],
    emails: ['else@acme.example'],
    primary_email: 'else@acme.example',
    organization: null,
  },
  {
    ...PERSON,
    id: 10,
    name: 'Pat O’Brien',
    phones: [],
    emails: ["o'brien@books.example"],
    primary_email: "o'brien@books.example",
    organization: null,
  },
];

const DEALS = [
  {
    id: 41,
    title: 'Renewal',
    creator_user_id: 1,
    owner_id: 1,
    value: 1860.5,
    person_id: 7,
    org_id: 9,
    stage_id: 3,
    pipeline_id: 1,
    currency: 'EUR',
    add_time: '2026-01-01T00:00:00Z',
    update_time: '2026-11-01T00:00:00Z',
    status: 'open',
    probability: null,
    lost_reason: null,
    won_time: null,
    expected_close_date: '2027-01-29',
    is_deleted: false,
    custom_fields: {},
  },
  {
    id: 40,
    title: 'First year',
    owner_id: 1,
    value: 1500,
    person_id: 7,
    currency: 'EUR',
    status: 'won',
    probability: null,
    expected_close_date: null,
  },
];
