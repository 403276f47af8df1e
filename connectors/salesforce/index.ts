/** Salesforce: people, their accounts, opportunities and cases, in one request. See docs/salesforce.md. */
import type { Connector, ConnectorContext, ConnectorModule } from '../../src/connector/index.ts';
import { Absences } from './absences.ts';
import type { Asker } from './ask.ts';
import { check } from './check.ts';
import { findCompany } from './company.ts';
import { Features } from './features.ts';
import { openPool } from './http-pool.ts';
import { loadJsforce } from './jsforce.ts';
import { findPeople, MAX_BATCH, type PeopleOptions } from './people.ts';
import { keepRefreshToken } from './refresh-token.ts';
import { Session } from './session.ts';
import { settings, type Settings } from './settings.ts';
import { signIn } from './sign-in.ts';
import { transportOver } from './transport.ts';

async function open(given: Settings, context: ConnectorContext): Promise<Connector> {
  const { auth, apiVersion, fields } = given;
  const { clock, limits } = context;
  const loginUrl = new URL(given.loginUrl).origin;
  const refreshToken = auth.flow === 'refreshToken' ? keepRefreshToken(auth, context) : undefined;
  const jsforce = await loadJsforce();
  const pool = await openPool(context);
  const transportFor = transportOver(jsforce, pool);
  const session = new Session({
    jsforce,
    transportFor,
    apiVersion,
    clock,
    notice: (key, message) => context.setNotice(key, message),
    signIn: (signal) =>
      signIn({ auth, loginUrl, jsforce, transportFor, clock, refreshToken }, signal),
    keepSignIn: auth.flow === 'refreshToken',
  });
  const asker: Asker = {
    session,
    apiVersion,
    absences: new Absences(context),
    features: new Features(clock),
  };
  const options: PeopleOptions = { asker, wanted: { fields, limits } };

  return {
    maxBatch: MAX_BATCH,
    lookup: async (email, { signal }) => (await findPeople(options, [email], signal)).get(email),
    lookupMany: (emails, { signal }) => findPeople(options, emails, signal),
    findCompany: (domain, { signal }) => findCompany(options, domain, signal),
    check: ({ signal }) => check(options, signal),
    quota: () => session.quota,
    close: () => pool.close(),
  };
}

export default { settings, open } satisfies ConnectorModule<Settings>;
