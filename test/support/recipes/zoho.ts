/** Zoho CRM's API, version 8, as its reference describes it, with the token URL of its accounts server. */
import {
  formOf,
  startFakeApi,
  unknownParameter,
  type FakeAnswer,
  type FakeRequest,
  type RecipeFake,
} from './fake-api.ts';

const SECRET = 'zoho-secret-0123456789abcdef01234567';
const CLIENT = '1000.CLIENT0123456789';
const REFRESH = '1000.refresh.0123456789abcdef';
const TOKEN = '1000.access.0123456789abcdef';

export async function startZoho(): Promise<RecipeFake> {
  const searched: string[] = [];
  const api = await startFakeApi((request) => {
    const { method, path, query, headers } = request;
    if (path === '/oauth/v2/token') return tokenAnswer(request);
    if (headers.authorization !== `Zoho-oauthtoken ${TOKEN}`) {
      return failure(401, 'INVALID_TOKEN', 'invalid oauth token');
    }
    if (method !== 'GET') return failure(400, 'INVALID_REQUEST_METHOD', 'The http request method');
    const [, id = '', list] = /^\/crm\/v8\/Contacts\/(\d+)\/(\w+)$/.exec(path) ?? [];
    const size = Number(query.get('per_page') ?? 200);
    if (!Number.isInteger(size) || size < 1 || size > 200) return invalid('per_page');
    if (path === '/crm/v8/Contacts/search') {
      const known = ['email', 'phone', 'word', 'criteria', 'fields', 'page', 'per_page'];
      const unknown = unknownParameter(query, known);
      const asked = query.get('email');
      if (unknown !== undefined) return invalid(unknown);
      if (asked === null) return failure(400, 'INVALID_QUERY', 'invalid query formed');
      searched.push(asked);
      // All addresses of a record are searched, without regard to case.
      const found = CONTACTS.filter(
        ({ Email, Secondary_Email: second, id: own }) =>
          [Email, second].some((one) => one?.toLowerCase() === asked.toLowerCase()) || own === '6',
      );
      return asked.endsWith('@hostile.example') || found.length === 1 ? NOTHING : page(found);
    }
    if (list === 'Deals' || list === 'Cases') {
      const unknown = unknownParameter(query, ['fields', 'ids', 'page', 'per_page']);
      if (unknown !== undefined) return invalid(unknown);
      const fields = query.get('fields')?.split(',');
      if (fields === undefined) {
        return failure(400, 'REQUIRED_PARAM_MISSING', 'One of the expected parameter is missing');
      }
      const rows: readonly Readonly<Record<string, unknown>>[] = list === 'Deals' ? DEALS : CASES;
      // Only the fields that were asked for come.
      const shown = rows.map((row) =>
        Object.fromEntries(['id', ...fields].map((name) => [name, row[name] ?? null])),
      );
      return id === '7' ? page(shown) : NOTHING;
    }
    return failure(404, 'INVALID_URL_PATTERN', 'Please check if the URL trying to access is valid');
  });
  return {
    ...api,
    searched,
    secret: 'ZOHO_CLIENT_SECRET',
    env: {
      ZOHO_URL: api.url,
      ZOHO_ACCOUNTS_URL: api.url,
      ZOHO_CLIENT_ID: CLIENT,
      ZOHO_CLIENT_SECRET: SECRET,
      ZOHO_REFRESH_TOKEN: REFRESH,
    },
  };
}

/** Nothing found: an empty answer. */
const NOTHING: FakeAnswer = { status: 204 };

/** It refuses with 200. */
function tokenAnswer(request: FakeRequest): FakeAnswer {
  const form = formOf(request);
  if (form?.get('grant_type') !== 'refresh_token') {
    return { status: 200, body: { error: 'invalid_request' } };
  }
  if (form.get('client_id') !== CLIENT) return { status: 200, body: { error: 'invalid_client' } };
  if (form.get('client_secret') !== SECRET) {
    return { status: 200, body: { error: 'invalid_client_secret' } };
  }
  if (form.get('refresh_token') !== REFRESH)
    return { status: 200, body: { error: 'invalid_code' } };
  return {
    status: 200,
    body: {
      access_token: TOKEN,
      scope: 'ZohoCRM.modules.contacts.READ ZohoSearch.securesearch.READ',
      api_domain: 'https://www.zohoapis.com',
      token_type: 'Bearer',
      expires_in: 3600,
    },
  };
}

function page(data: readonly unknown[]): FakeAnswer {
  const info = { per_page: 200, count: data.length, page: 1, more_records: false };
  return { status: 200, body: { data, info } };
}

function failure(status: number, code: string, message: string): FakeAnswer {
  return { status, body: { code, details: {}, message, status: 'error' } };
}

function invalid(parameter: string): FakeAnswer {
  return failure(400, 'INVALID_DATA', parameter);
}

const OWNER = { name: 'Amy Agent', id: '1', email: 'amy@seller.example' };
const CONTACT = {
  Owner: OWNER,
  Secondary_Email: null as string | null,
  Account_Name: null as object | null,
  Title: null as string | null,
  Department: null,
  Phone: null,
  Mobile: null as string | null,
  Mailing_City: null as string | null,
  Mailing_Country: null,
  Lead_Source: null,
  Created_Time: '2024-05-02T08:00:00+05:30',
  Last_Activity_Time: null as string | null,
  Tag: [],
};
const CONTACTS = [
  {
    ...CONTACT,
    id: '6',
    First_Name: 'Janet',
    Last_Name: 'Door',
    Full_Name: 'Janet Door',
    Email: 'janet@acme.example',
  },
  {
    ...CONTACT,
    id: '7',
    First_Name: 'Jane',
    Last_Name: 'Doe',
    Full_Name: 'Jane Doe',
    Email: 'Jane.Doe@acme.example',
    Secondary_Email: 'jane@home.example',
    Account_Name: { name: 'ACME GmbH', id: '9' },
    Title: 'Head of Data',
    Mobile: '+49 171 1',
    Mailing_City: 'Bonn',
    Last_Activity_Time: '2026-11-20T08:00:00+01:00',
  },
  {
    ...CONTACT,
    id: '8',
    First_Name: null,
    Last_Name: 'Lone',
    Full_Name: 'Sol Lone',
    Email: 'sol@alone.example',
  },
  {
    ...CONTACT,
    id: '10',
    First_Name: 'Pat',
    Last_Name: 'O’Brien',
    Full_Name: 'Pat O’Brien',
    Email: "o'brien@books.example",
  },
];
const DEALS = [
  {
    id: '41',
    Deal_Name: 'Renewal',
    Stage: 'Negotiation/Review',
    Pipeline: 'Standard',
    Amount: 1860.5,
    Closing_Date: '2027-01-29',
    Probability: 90,
    Owner: OWNER,
  },
  {
    id: '40',
    Deal_Name: 'First year',
    Stage: 'Closed Won',
    Amount: 1500,
    Closing_Date: '2026-01-29',
    Probability: 100,
    Owner: OWNER,
  },
];
const CASES = [
  {
    id: '412',
    Case_Number: '1000412',
    Subject: 'Export stops',
    Status: 'Escalated',
    Priority: 'High',
    Created_Time: '2026-11-20T08:00:00+01:00',
    Owner: OWNER,
  },
];
