/** The Dataverse Web API, version 9.2, as its reference describes it, with a token URL of Microsoft Entra ID. */
import {
  formOf,
  isSimilar,
  startFakeApi,
  unknownParameter,
  type FakeAnswer,
  type FakeRequest,
  type RecipeFake,
} from './fake-api.ts';

const SECRET = 'entra~secret~0123456789abcdef012345';
const CLIENT = '11111111-2222-3333-4444-555555555555';
const TOKEN = 'eyJ0.fake.0123456789';
const LABEL = '@OData.Community.Display.V1.FormattedValue';
const JANE = '7a1b2c3d-0000-4000-8000-000000000007';
const ADDRESSES = ['emailaddress1', 'emailaddress2', 'emailaddress3'];

type Row = Readonly<Record<string, unknown>>;

export async function startDynamics365(): Promise<RecipeFake> {
  const searched: string[] = [];
  const api = await startFakeApi((request) => {
    const { method, path, query, headers } = request;
    if (path === '/tenant-id/oauth2/v2.0/token') return tokenAnswer(request);
    if (headers.authorization !== `Bearer ${TOKEN}`) {
      return { status: 401, headers: { 'www-authenticate': 'Bearer authorization_uri=…' } };
    }
    const versions = [headers['odata-version'], headers['odata-maxversion']];
    if (method !== 'GET' || versions.some((one) => one !== '4.0')) return failure('0x80060888');
    const [, set = ''] = /^\/api\/data\/v9\.2\/(\w+)$/.exec(path) ?? [];
    const rows = SETS[set];
    if (rows === undefined) return { ...failure('0x8006088a'), status: 404 };
    const options = ['$select', '$filter', '$expand', '$orderby', '$top', '$count'];
    if (unknownParameter(query, options) !== undefined) return failure('0x80060888');
    if (!/^[1-9]\d*$/.test(query.get('$top') ?? '')) return failure('0x80060888');
    const select = query.get('$select')?.split(',') ?? [];
    const columns = COLUMNS[set] ?? [];
    if (select.length === 0 || select.some((name) => !columns.includes(name)))
      return failure('0x80060888');
    const isWanted = parseFilter(query.get('$filter') ?? '', set, searched);
    if (isWanted === undefined) return failure('0x80060888');
    const expand = parseExpand(query.get('$expand'), set);
    if (expand === undefined) return failure('0x80060888');
    const hasLabels = headers['prefer']?.includes(LABEL.slice(1)) === true;
    const shown = rows.filter(isWanted).map((row) => {
      const own = select.map((name) => [name, row[name] ?? null] as const);
      const labels = hasLabels ? select.map((name) => `${name}${LABEL}`) : [];
      return Object.fromEntries([
        ['@odata.etag', 'W/"1"'],
        ...own,
        ...labels.filter((name) => name in row).map((name) => [name, row[name]] as const),
        ...expand.map((name) => [name, row[name] ?? null] as const),
      ]);
    });
    return { status: 200, body: { '@odata.context': '…/$metadata', value: shown } };
  });
  return {
    ...api,
    searched,
    secret: 'DYNAMICS_CLIENT_SECRET',
    env: {
      DYNAMICS_URL: api.url,
      DYNAMICS_TOKEN_URL: `${api.url}/tenant-id/oauth2/v2.0/token`,
      DYNAMICS_CLIENT_ID: CLIENT,
      DYNAMICS_CLIENT_SECRET: SECRET,
    },
  };

  function tokenAnswer(request: FakeRequest): FakeAnswer {
    const form = formOf(request);
    if (form?.get('grant_type') !== 'client_credentials')
      return { status: 400, body: { error: 'unsupported_grant_type' } };
    if (form.get('client_id') !== CLIENT || form.get('client_secret') !== SECRET)
      return { status: 401, body: { error: 'invalid_client', error_codes: [7000215] } };
    if (form.get('scope') !== `${api.url}/.default`)
      return { status: 400, body: { error: 'invalid_scope', error_codes: [70011] } };
    const lifetime = { expires_in: 3599, ext_expires_in: 3599 };
    return { status: 200, body: { token_type: 'Bearer', ...lifetime, access_token: TOKEN } };
  }
}

function failure(code: string): FakeAnswer {
  return { status: 400, body: { error: { code, message: 'The query is not valid.' } } };
}

/**
 * `A eq 'x' or B eq 0 and (…)`, `contains(A,'x')`. @returns `undefined` for what OData would refuse.
 * @param searched gets the texts that an address is compared with, each once.
 */
function parseFilter(
  filter: string,
  set: string,
  searched: string[],
): ((row: Row) => boolean) | undefined {
  const pattern =
    /\s*(?:(\w+) eq (?:'((?:[^']|'')*)'|([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|\d+))|contains\((\w+),'((?:[^']|'')*)'\)|(and|or)(?= |\()|([()]))/iy;
  const tests: string[] = [];
  const parts: ((row: Row) => boolean)[] = [];
  const asked = new Set<string>();
  while (pattern.lastIndex < filter.length) {
    const at = pattern.lastIndex;
    const found = pattern.exec(filter);
    if (found === null) return undefined;
    const [, column, quoted, bare, inside, part, word, bracket] = found;
    if (filter.slice(at, pattern.lastIndex).trim() === '') return undefined;
    if (word !== undefined) tests.push(word === 'and' ? '&&' : '||');
    else if (bracket !== undefined) tests.push(bracket);
    else {
      const name = column ?? inside ?? '';
      const text = (quoted ?? part)?.replaceAll("''", "'");
      if (!FILTERABLE[set]?.includes(name)) return undefined;
      // A text needs quotes, a number and a GUID must have none.
      const isText = ADDRESSES.includes(name) || name === 'websiteurl';
      if (isText !== (text !== undefined)) return undefined;
      if (text !== undefined && ADDRESSES.includes(name)) asked.add(text);
      tests.push('T');
      parts.push((row) => {
        const value = row[name];
        if (part !== undefined) return typeof value === 'string' && value.includes(text ?? '');
        if (text === undefined) return String(value) === bare;
        return typeof value === 'string' && isSimilar(value, text);
      });
    }
  }
  searched.push(...asked);
  return isBalanced(tests) ? (row) => evaluate(tests, parts, row) : undefined;
}

/** Conditions and words alternate, brackets match. */
function isBalanced(tests: readonly string[]): boolean {
  let text = tests.join(' ');
  for (;;) {
    const next = text.replace(/T (?:&&|\|\|) T|\( T \)/, 'T');
    if (next === text) return text === 'T';
    text = next;
  }
}

function evaluate(
  tests: readonly string[],
  parts: readonly ((row: Row) => boolean)[],
  row: Row,
): boolean {
  const results = parts.map((part) => part(row));
  let text = tests
    .map((one) => (one === 'T' ? (results.shift() === true ? '1' : '0') : one))
    .join('');
  for (;;) {
    const next = text
      .replace(/\(([01])\)/, '$1')
      .replace(/([01])&&([01])/, (_all, a: string, b: string) =>
        a === '1' && b === '1' ? '1' : '0',
      )
      .replace(/([01])\|\|([01])(?!&&)/, (_all, a: string, b: string) =>
        a === '1' || b === '1' ? '1' : '0',
      );
    if (next === text) return text === '1';
    text = next;
  }
}

/** @returns the navigation properties; `undefined` for one that does not exist. */
function parseExpand(expand: string | null, set: string): readonly string[] | undefined {
  if (expand === null) return [];
  const [, name = '', select = ''] = /^(\w+)\(\$select=([\w,]+)\)$/.exec(expand) ?? [];
  const [known, columns] =
    set === 'contacts'
      ? ['parentcustomerid_account', COLUMNS['accounts']]
      : ['transactioncurrencyid', ['isocurrencycode']];
  const isKnown = name === known && select.split(',').every((one) => columns?.includes(one));
  return isKnown ? [name] : undefined;
}

const split = (text: string) => text.split(' ');
const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  contacts: split(
    'contactid fullname firstname lastname jobtitle department emailaddress1 emailaddress2 emailaddress3 telephone1 mobilephone address1_city address1_country createdon _ownerid_value',
  ),
  accounts: split(
    'accountid name websiteurl numberofemployees revenue address1_city address1_country',
  ),
  opportunities: split(
    'opportunityid name stepname estimatedvalue estimatedclosedate closeprobability statecode _ownerid_value',
  ),
  incidents: split(
    'incidentid ticketnumber title statuscode prioritycode createdon statecode _ownerid_value',
  ),
};
const FILTERABLE: Readonly<Record<string, readonly string[]>> = {
  contacts: [...ADDRESSES, 'statecode'],
  accounts: ['websiteurl', 'statecode'],
  opportunities: ['_parentcontactid_value', '_customerid_value'],
  incidents: ['_primarycontactid_value', '_customerid_value'],
};

const ACCOUNT = {
  accountid: '9a1b2c3d-0000-4000-8000-000000000009',
  name: 'ACME GmbH',
  websiteurl: 'https://www.acme.example/de',
  numberofemployees: 120,
  revenue: 5000000,
  address1_city: 'Bonn',
  address1_country: 'Germany',
};
const CONTACT = { statecode: 0, createdon: '2024-05-02T08:00:00Z', _ownerid_value: JANE };
const DONE = { statecode: 1, [`statecode${LABEL}`]: 'Won', _ownerid_value: JANE };
const SETS: Readonly<Record<string, readonly Row[]>> = {
  contacts: [
    {
      ...CONTACT,
      contactid: '6a1b2c3d-0000-4000-8000-000000000006',
      fullname: 'Janet Door',
      emailaddress1: 'janet@acme.example',
      parentcustomerid_account: ACCOUNT,
    },
    {
      ...CONTACT,
      contactid: JANE,
      fullname: 'Jane Doe',
      firstname: 'Jane',
      lastname: 'Doe',
      jobtitle: 'Head of Data',
      emailaddress1: 'Jane.Doe@acme.example',
      emailaddress3: 'jane@home.example',
      telephone1: '555-0100',
      [`_ownerid_value${LABEL}`]: 'Amy Agent',
      parentcustomerid_account: ACCOUNT,
    },
    {
      ...CONTACT,
      contactid: '5a1b2c3d-0000-4000-8000-000000000005',
      fullname: 'Inactive Jane',
      statecode: 1,
      emailaddress1: 'jane.doe@acme.example',
    },
    {
      ...CONTACT,
      contactid: '8a1b2c3d-0000-4000-8000-000000000008',
      fullname: 'Sol Lone',
      emailaddress1: 'sol@alone.example',
    },
    {
      ...CONTACT,
      contactid: '1a1b2c3d-0000-4000-8000-000000000010',
      fullname: 'Pat O’Brien',
      emailaddress1: "o'brien@books.example",
    },
  ],
  accounts: [
    { ...ACCOUNT, name: 'Not ACME', websiteurl: 'https://notacme.example', statecode: 0 },
    { ...ACCOUNT, statecode: 0 },
  ],
  opportunities: [
    {
      opportunityid: '4a1b2c3d-0000-4000-8000-000000000041',
      name: 'Renewal',
      stepname: '3-Propose',
      estimatedvalue: 1860.5,
      estimatedclosedate: '2027-01-29',
      closeprobability: 80,
      statecode: 0,
      _ownerid_value: JANE,
      [`_ownerid_value${LABEL}`]: 'Amy Agent',
      _parentcontactid_value: JANE,
      transactioncurrencyid: { isocurrencycode: 'EUR' },
    },
    {
      ...DONE,
      opportunityid: '4a1b2c3d-0000-4000-8000-000000000040',
      name: 'First year',
      _customerid_value: JANE,
    },
  ],
  incidents: [
    {
      incidentid: '4a1b2c3d-0000-4000-8000-000000000412',
      ticketnumber: 'CAS-01213-P8B3G0',
      title: 'Export stops',
      statuscode: 1,
      [`statuscode${LABEL}`]: 'In Progress',
      prioritycode: 1,
      [`prioritycode${LABEL}`]: 'High',
      createdon: '2026-11-20T08:00:00Z',
      statecode: 0,
      _ownerid_value: JANE,
      _customerid_value: JANE,
    },
  ],
};
