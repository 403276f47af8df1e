/** Salesforce: people, their accounts, opportunities and cases, in one request. See docs/salesforce.md. */
import {
  openHttpPool,
  type Connector,
  type ConnectorContext,
  type ConnectorModule,
} from '../../src/connector/index.ts';
import { check } from './check.ts';
import { findCompany } from './company.ts';
import { Features } from './fields.ts';
import { HiddenFields } from './hidden-fields.ts';
import { loadJsforce, transportOver } from './jsforce.ts';
import { findPeople, MAX_BATCH } from './people.ts';
import type { QueryContext } from './query.ts';
import { Session } from './session.ts';
import { settings, type Settings } from './settings.ts';
import { createSignIn, openTokenFile } from './sign-in.ts';

/** Names a request in Salesforce's response; its support finds the request by that. */
const REQUEST_ID = 'x-sfdc-request-id';

async function open(options: Settings, context: ConnectorContext): Promise<Connector> {
  const { auth, apiVersion, fields, emailFields, where } = options;
  const { clock, limits } = context;
  const loginUrl = new URL(options.loginUrl).origin;
  const tokenFile = auth.flow === 'refreshToken' ? openTokenFile(auth, context) : undefined;
  const jsforce = await loadJsforce();
  const pool = await openHttpPool(context, { correlationHeader: REQUEST_ID });
  const transportFor = transportOver(jsforce, pool, clock);
  const session = new Session({
    jsforce,
    transportFor,
    apiVersion,
    context,
    signIn: createSignIn({ auth, loginUrl, jsforce, transportFor, clock, tokenFile }, context),
    // With rotation an aborted request may have voided the refresh token.
    uncancellable: auth.flow === 'refreshToken',
  });
  const queryContext: QueryContext = {
    session,
    hiddenFields: new HiddenFields(context),
    features: new Features(clock),
    fields,
    emailFields,
    where,
    limits,
    setNotice: (key, message) => context.setNotice(key, message),
  };

  return {
    maxBatch: MAX_BATCH,
    async lookup(email, { signal }) {
      const person = (await findPeople(queryContext, [email], signal)).get(email);
      if (person instanceof Error) throw person;
      return person;
    },
    lookupMany: (emails, { signal }) => findPeople(queryContext, emails, signal),
    findCompany: (domain, { signal }) => findCompany(queryContext, domain, signal),
    check: ({ signal }) => check(queryContext, signal),
    quota: () => session.quota,
    close: () => pool.close(),
  };
}

export default { settings, open } satisfies ConnectorModule<Settings>;
