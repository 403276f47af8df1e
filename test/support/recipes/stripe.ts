/** Stripe's API as its reference describes it: search of customers, subscriptions of a customer. */
import {
  isSimilar,
  startFakeApi,
  unknownParameter,
  type FakeAnswer,
  type RecipeFake,
} from './fake-api.ts';

const KEY = 'rk_test_51FakeFakeFakeFakeFakeFake';

export async function startStripe(): Promise<RecipeFake> {
  const searched: string[] = [];
  const api = await startFakeApi(({ method, path, query, headers }) => {
    if (headers.authorization !== `Bearer ${KEY}`) return failure(401, 'Invalid API Key provided');
    if (headers['stripe-version'] !== '2025-03-31.basil') return failure(400, 'Invalid version');
    if (method !== 'GET') return failure(405, 'Unrecognized request');
    const limit = Number(query.get('limit') ?? 10);
    if (!Number.isInteger(limit) || limit < 1 || limit > 100) return failure(400, 'limit');
    if (path === '/v1/customers/search') {
      const unknown = unknownParameter(query, ['query', 'limit', 'page', 'expand[]']);
      if (unknown !== undefined) return failure(400, `Received unknown parameter: ${unknown}`);
      const asked = clauseOf(query.get('query') ?? '');
      if (asked === undefined) return failure(400, 'We were unable to parse your search query.');
      searched.push(asked);
      const data = CUSTOMERS.filter(({ email }) => isSimilar(email, asked));
      const page = { has_more: false, next_page: null, url: '/v1/customers/search' };
      return { status: 200, body: { object: 'search_result', ...page, data } };
    }
    if (path === '/v1/subscriptions') {
      const unknown = unknownParameter(query, ['customer', 'status', 'limit', 'expand[]']);
      if (unknown !== undefined) return failure(400, `Received unknown parameter: ${unknown}`);
      const customer = query.get('customer');
      if (!CUSTOMERS.some(({ id }) => id === customer)) return failure(400, 'No such customer');
      const isAll = query.get('status') === 'all';
      const isExpanded = query.get('expand[]') === 'data.latest_invoice';
      const data = SUBSCRIPTIONS.filter(
        (one) => one.customer === customer && (isAll || one.status !== 'canceled'),
      ).map((one) =>
        isExpanded ? one : { ...one, latest_invoice: one.latest_invoice?.id ?? null },
      );
      return {
        status: 200,
        body: { object: 'list', url: '/v1/subscriptions', has_more: false, data },
      };
    }
    return failure(404, 'Unrecognized request URL');
  });
  return {
    ...api,
    searched,
    secret: 'STRIPE_KEY',
    env: { STRIPE_URL: api.url, STRIPE_KEY: KEY },
  };
}

function failure(status: number, message: string): FakeAnswer {
  return { status, body: { error: { message, type: 'invalid_request_error' } } };
}

/** @returns the text of `email:"…"`; `undefined` when the query says anything else or more. */
function clauseOf(query: string): string | undefined {
  const [, text] = /^email:"((?:[^"\\]|\\["'\\])*)"$/.exec(query) ?? [];
  return text?.replace(/\\(.)/g, '$1');
}

const CUSTOMER = {
  object: 'customer',
  address: null,
  balance: 0,
  created: 1680893993,
  currency: null,
  default_source: null,
  delinquent: false,
  description: null,
  invoice_prefix: '0759376C',
  livemode: false,
  metadata: {},
  phone: null,
  preferred_locales: [],
  shipping: null,
  tax_exempt: 'none',
  test_clock: null,
};
const CUSTOMERS = [
  { ...CUSTOMER, id: 'cus_6', name: 'Janet Door', email: 'janet@acme.example' },
  {
    ...CUSTOMER,
    id: 'cus_7',
    name: 'Jane Doe',
    email: 'Jane.Doe@acme.example',
    address: { city: 'Bonn', country: 'DE', line1: null, line2: null, postal_code: '', state: '' },
    balance: -1250,
    currency: 'eur',
    delinquent: true,
  },
  { ...CUSTOMER, id: 'cus_8', name: 'Sol Lone', email: 'sol@alone.example' },
  { ...CUSTOMER, id: 'cus_9', name: 'No Address', email: null },
  { ...CUSTOMER, id: 'cus_10', name: 'Pat O’Brien', email: "o'brien@books.example" },
];

const items = (nickname: string | null, amount: number | null, end: number) => ({
  object: 'list',
  has_more: false,
  data: [
    {
      id: 'si_1',
      object: 'subscription_item',
      quantity: 2,
      current_period_start: end - 2678400,
      current_period_end: end,
      price: { id: 'price_1', object: 'price', nickname, unit_amount: amount, product: 'prod_1' },
    },
  ],
});
const SUBSCRIPTIONS = [
  {
    id: 'sub_41',
    object: 'subscription',
    customer: 'cus_7',
    currency: 'eur',
    description: null,
    status: 'past_due',
    items: items('Team', 1999, 1801180800),
    latest_invoice: { id: 'in_1', object: 'invoice', total: 3998, currency: 'eur' },
  },
  {
    id: 'sub_40',
    object: 'subscription',
    customer: 'cus_7',
    currency: 'jpy',
    description: 'Pilot',
    status: 'canceled',
    items: items(null, null, 1701180800),
    latest_invoice: { id: 'in_0', object: 'invoice', total: 5000, currency: 'jpy' },
  },
  {
    id: 'sub_39',
    object: 'subscription',
    customer: 'cus_7',
    currency: 'usd',
    description: null,
    status: 'canceled',
    items: items(null, null, 1601180800),
    latest_invoice: null,
  },
];
