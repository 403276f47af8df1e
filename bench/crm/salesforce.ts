/**
 * A Salesforce org in which every visitor is known: the tests' emulator of sign-in, REST and SOQL, over rows
 * that are made for each request. So it answers as fast for a hundred thousand people as for one.
 */
import { CLIENT } from '../../test/support/salesforce/emulator.ts';
import { OAuth } from '../../test/support/salesforce/oauth.ts';
import {
  contact,
  idFor,
  makePeople,
  opportunity,
  supportCase,
  type Data,
  type Row,
} from '../../test/support/salesforce/people.ts';
import { composite, get, versions, type Rest } from '../../test/support/salesforce/rest.ts';
import { makeSchema } from '../../test/support/salesforce/schema.ts';
import { addressOf } from '../visitors.ts';
import type { Answering } from './answering.ts';

/** More than any run needs: no server may reach the daily limit. */
const LIMIT = 1_000_000_000;

/** @param url where it listens, for the sign-in's answer. */
export function salesforce(url: () => string): Answering {
  const oauth = new OAuth({
    ...CLIENT,
    publicKey: undefined,
    rotation: false,
    instanceUrl: url,
    url,
    now: Date.now,
  });
  const schema = makeSchema({});
  const { User = [], Group = [] } = makePeople();
  let used = 0;

  return ({ method, target, headers, body }) => {
    const { pathname, searchParams } = new URL(target, url());
    if (pathname === '/services/oauth2/token') {
      return oauth.token(new URLSearchParams(body), headers.authorization);
    }
    if (pathname === '/services/data') return versions();
    const [, token = ''] = /^(?:Bearer|OAuth) (\S+)$/.exec(headers.authorization ?? '') ?? [];
    if (!oauth.accepts(token)) {
      return {
        status: 401,
        body: [{ message: 'Session expired', errorCode: 'INVALID_SESSION_ID' }],
      };
    }
    const [, apiVersion = '', path = ''] =
      /^\/services\/data\/v(\d+\.\d)(\/.*)$/.exec(pathname) ?? [];
    used += 1;
    const rest: Rest = {
      org: { schema, apiVersion, data: { User, Group, ...rowsFor(visitorsIn(target, body)) } },
      statementFaults: new Map(),
      failDescriptions: false,
      usage: () => ({ used, limit: LIMIT }),
      statements: [],
    };
    const answer =
      method === 'POST' && path === '/composite'
        ? composite(rest, JSON.parse(body))
        : get(rest, path, searchParams);
    return { ...answer, headers: { 'sforce-limit-info': `api-usage=${used}/${LIMIT}` } };
  };
}

/** The people a request is about, by address, contact or account. */
function visitorsIn(target: string, body: string): readonly number[] {
  const text = decodeURIComponent(target.replaceAll('+', ' ') + body.replaceAll('+', ' '));
  const named = text.matchAll(/visitor-(\d+)@|'00[13]0*(\d+)AAA'/g);
  return [...new Set([...named].map(([, address, id]) => Number(address ?? id)))];
}

/** Two open deals, a won one, two open tickets and a closed one: as much as an agent can use. */
function rowsFor(visitors: readonly number[]): Data {
  return {
    Account: visitors.map(account),
    Contact: visitors.map((visitor) =>
      contact(visitor, 'Visitor', `No. ${visitor}`, addressOf(visitor), visitor, {
        Title: 'Head of Purchasing',
        Department: 'Operations',
        Phone: '+49 30 5550 1201',
        MobilePhone: '+49 170 555 0112',
        MailingCity: 'Berlin',
        MailingCountry: 'Germany',
        LeadSource: 'Trade Show',
        LastActivityDate: '2026-11-20',
      }),
    ),
    Lead: [],
    Opportunity: visitors.flatMap((visitor) => [
      opportunity(
        visitor * 3,
        'Renewal 2027',
        visitor,
        'Negotiation/Review',
        186000,
        '2027-01-29',
        70,
      ),
      opportunity(
        visitor * 3 + 1,
        'Second plant',
        visitor,
        'Proposal/Price Quote',
        94500,
        '2027-03-31',
        40,
      ),
      opportunity(visitor * 3 + 2, 'Pilot', visitor, 'Closed Won', 12000, '2023-06-30', 100),
    ]),
    OpportunityContactRole: [],
    Case: visitors.flatMap((visitor) => [
      supportCase(
        1,
        '00020871',
        'Export stops after 10,000 rows',
        visitor,
        visitor,
        'Working',
        'High',
      ),
      supportCase(2, '00020912', 'How many seats are left?', visitor, visitor, 'New', 'Medium'),
      supportCase(
        3,
        '00020344',
        'Invoice sent to the old address',
        visitor,
        visitor,
        'Closed',
        'Low',
      ),
    ]),
  };
}

function account(visitor: number): Row {
  return {
    Id: idFor('001', visitor),
    Name: `Company ${visitor} GmbH`,
    Website: `https://www.company-${visitor}.example`,
    Type: 'Customer - Direct',
    Industry: 'Manufacturing',
    NumberOfEmployees: 420,
    AnnualRevenue: 61500000,
    BillingCity: 'Berlin',
    BillingCountry: 'Germany',
    OwnerId: idFor('005', 2),
    CreatedDate: '2023-03-14T08:12:00.000Z',
    LastModifiedDate: '2026-11-20T08:12:00.000Z',
  };
}
