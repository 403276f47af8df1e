/** People, deals, tickets and companies from any HTTP API that answers with JSON, by configuration alone. */
import {
  ConnectorError,
  openHttpPool,
  SectionHealth,
  type ConnectorModule,
} from '../../src/connector/index.ts';
import type { IsKept } from './answer.ts';
import { checkRequests } from './check.ts';
import { openLanguage, type Scope } from './expressions.ts';
import { findCompany, findPeople, findPerson, type Ask } from './people.ts';
import {
  compileRequest,
  notPermitted,
  send,
  type CompiledRequest,
  type Exchange,
} from './request.ts';
import { settings, type RequestSettings, type RequestName, type Settings } from './settings.ts';
import { createSignIn } from './sign-in.ts';

const connector: ConnectorModule<Settings> = {
  settings,
  async open({ baseUrl, auth, headers: common, ...requests }, context) {
    const language = await openLanguage();
    const http = await openHttpPool(context);
    const signIn = createSignIn(auth, http, context);
    const compile = (name: RequestName, one: RequestSettings) =>
      compileRequest(name, one, baseUrl, language);
    const optional = (name: RequestName, one: RequestSettings | undefined) =>
      one === undefined ? {} : { [name]: compile(name, one) };
    const related = {
      ...optional('deals', requests.deals),
      ...optional('tickets', requests.tickets),
      ...optional('company', requests.company),
      ...optional('companyById', requests.companyById),
    };
    const person = compile('person', requests.person);
    const people = requests.people && compile('people', requests.people);
    const company = requests.company && compile('company', requests.company);

    /**
     * A token that is refused is replaced once. One that a person's request has shown to be good is not refused as
     * such by another request: that may not be read.
     */
    const exchange = async (
      request: CompiledRequest,
      scope: Scope,
      signal: AbortSignal,
      isKept?: IsKept,
    ): Promise<Exchange> => {
      const built = request.build(scope);
      const isForPerson = request === person || request === people;
      let wasAccepted = false;
      for (let attempt = 1; ; attempt += 1) {
        const used = await signIn.credentials(signal);
        const url = new URL(built.url);
        for (const [name, value] of Object.entries(used.query)) url.searchParams.set(name, value);
        // Not every server reads "+" as a space; a plus sign itself is %2B here.
        url.search = url.search.replaceAll('+', '%20');
        const headers = { ...common, ...built.headers, ...used.headers };
        try {
          const received = await send(
            request,
            http,
            { ...built, url: url.href, headers, signal },
            context.clock.now(),
            isKept,
          );
          if (isForPerson) signIn.accept(used);
          context.addTraceStep('map', () => {
            const gaps = request.gaps(received.rows ?? []);
            return gaps && { operation: request.name, ...gaps };
          });
          return received;
        } catch (error) {
          const isRefused = error instanceof ConnectorError && error.kind === 'auth';
          if (!isRefused) throw error;
          wasAccepted ||= !isForPerson && signIn.isAccepted(used);
          const canRenew =
            (isForPerson || attempt === 1) && (await signIn.refuse(used, isForPerson, signal));
          if (canRenew && attempt === 1) continue;
          throw wasAccepted ? notPermitted(request, error) : error;
        }
      }
    };

    const isPublicMailDomain = (domain: string) => context.isPublicMailDomain(domain);
    const sections = new SectionHealth(context);
    const all = { ...related, isPublicMailDomain, sections };
    const ask: Ask = async (request, ...call) => {
      const { rows } = await exchange(request, ...call);
      sections.succeeded(request.name);
      return rows;
    };

    return {
      lookup: (email, options) => findPerson(email, { ...all, person }, ask, options),
      ...(people && {
        lookupMany: (emails, options) => findPeople(emails, { ...all, people }, ask, options),
      }),
      ...(company && {
        findCompany: (domain, { signal }) => findCompany(domain, company, ask, signal),
      }),
      check: ({ signal }) =>
        checkRequests(
          [person, ...(people ? [people] : []), ...Object.values(related)],
          requests,
          (request, scope) => exchange(request, scope, signal),
        ),
      close: () => http.close(),
    };
  },
};

export default connector;
