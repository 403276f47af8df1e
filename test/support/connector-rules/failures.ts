/** Errors and aborts. */
import { expect } from 'chai';
import { END_MS, NotOffered, rule, type Prepared, type Rule } from './rule.ts';
import { discreet, failure, find, never, open } from './use.ts';

/** The closed set of `ConnectorErrorKind`. */
const kinds = [
  'timeout',
  'unavailable',
  'rate_limited',
  'quota',
  'auth',
  'bad_response',
  'misconfigured',
];

export const failures: readonly Rule[] = [
  rule('a CRM that is down is an error with a kind and no personal data', async (it) => {
    if (!it.makeUnavailable) throw new NotOffered();
    await open(it, async (connector) => {
      await it.makeUnavailable?.();
      const calls = [connector.lookup(it.known.email, { signal: AbortSignal.timeout(30_000) })];
      const failures: unknown[] = await Promise.all(calls.map(failure));
      if (connector.lookupMany)
        failures.push(
          await failure(
            connector.lookupMany(it.manyKnown, { signal: AbortSignal.timeout(30_000) }),
          ),
        );
      if (connector.findCompany)
        failures.push(
          await failure(
            connector.findCompany(it.companyDomain?.domain ?? 'unknown-company.example', {
              signal: AbortSignal.timeout(30_000),
            }),
          ),
        );
      for (const error of failures) classified(error, it);
    });
  }),

  rule(
    'a record without the address that was asked for is a bad_response, never shown',
    async (it) => {
      const other = it.manyKnown.find((email) => email !== it.known.email);
      if (!it.confuse || other === undefined) throw new NotOffered();
      await open(it, async (connector) => {
        it.confuse?.(it.known.email, other);
        const signal = AbortSignal.timeout(30_000);
        const single = connector.lookup(it.known.email, { signal });
        if (it.confused === 'unknown') expect(await single).to.equal(undefined);
        else expect(await failure(single)).to.include({ kind: 'bad_response' });
        // Of many the others may still be found.
        if (connector.lookupMany === undefined) return;
        const found = await connector
          .lookupMany([it.known.email, it.unknown], { signal })
          .catch(() => new Map<string, unknown>());
        expect([...found.keys()]).to.deep.equal([]);
      });
    },
  ),

  rule('a CRM that has recovered answers again', async (it) => {
    if (!it.makeUnavailable || !it.restore) throw new NotOffered();
    await open(it, async (connector) => {
      await it.makeUnavailable?.();
      await failure(connector.lookup(it.known.email, { signal: AbortSignal.timeout(30_000) }));
      await it.restore?.();
      await find(connector, it.known.email);
    });
  }),

  rule('a call whose signal has aborted already fails at once', async (it) => {
    await open(it, async (connector) => {
      const signal = AbortSignal.abort();
      await failure(connector.lookup(it.known.email, { signal }));
      if (connector.lookupMany) await failure(connector.lookupMany(it.manyKnown, { signal }));
      if (connector.findCompany) await failure(connector.findCompany('acme.example', { signal }));
    });
  }),

  rule('an abort ends a call that hangs, and the next lookup starts clean', async (it) => {
    if (!it.hang) throw new NotOffered();
    await open(it, async (connector) => {
      await it.hang?.();
      const abort = new AbortController();
      const hanging = [failure(connector.lookup(it.known.email, { signal: abort.signal }))];
      if (connector.lookupMany)
        hanging.push(failure(connector.lookupMany(it.manyKnown, { signal: abort.signal })));
      setTimeout(() => abort.abort(), 100);
      await within(100 + (it.endMs ?? END_MS), Promise.all(hanging), 'the aborted calls');
      if (!it.restore) return;
      await it.restore();
      await find(connector, it.known.email);
    });
  }),

  rule("one caller's abort does not disturb another's lookup", async (it) => {
    await open(it, async (connector) => {
      const abort = new AbortController();
      const given = connector.lookup(it.known.email, { signal: abort.signal }).catch(() => 'gone');
      const kept = connector.lookup(it.known.email, { signal: never() });
      abort.abort();
      await within(it.endMs ?? END_MS, given, 'the aborted lookup');
      expect(await kept, 'the other lookup').to.not.be.undefined;
    });
  }),
];

function classified(error: unknown, it: Prepared): void {
  expect(error).to.be.instanceOf(Error);
  expect((error as { kind?: unknown }).kind, 'kind').to.be.oneOf(kinds);
  for (let e: unknown = error; e instanceof Error; e = e.cause) discreet(e.message, it);
}

async function within<T>(ms: number, wanted: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${ms} ms`)), ms);
  });
  return await Promise.race([wanted, late]).finally(() => clearTimeout(timer));
}
