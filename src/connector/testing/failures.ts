/** Errors and aborts. */
import assert from 'node:assert/strict';
import { CONNECTOR_ERROR_KINDS } from '../errors.ts';
import { END_MS, NotOffered, required, rule, type Prepared, type Rule } from './rule.ts';
import { assertDiscreet, failure, find, never, open } from './use.ts';

export const failures: readonly Rule[] = [
  rule('a CRM that is down is an error with a kind and no personal data', async (crm) => {
    const makeUnavailable = required(crm, 'makeUnavailable');
    await open(crm, async (connector) => {
      await makeUnavailable();
      const signal = AbortSignal.timeout(30_000);
      const errors = [await failure(connector.lookup(crm.known.email, { signal }))];
      if (connector.lookupMany)
        errors.push(await failure(connector.lookupMany(crm.manyKnown, { signal })));
      const domain = crm.companyDomain?.domain ?? 'unknown-company.example';
      if (connector.findCompany)
        errors.push(await failure(connector.findCompany(domain, { signal })));
      for (const error of errors) assertClassified(error, crm);
    });
  }),

  rule(
    'a record without the address that was asked for is a bad_response, never shown',
    async (crm) => {
      const confuse = required(crm, 'confuse');
      const other = crm.manyKnown.find((email) => email !== crm.known.email);
      if (other === undefined) throw new NotOffered('prepare', 'second address in `manyKnown`');
      await open(crm, async (connector) => {
        confuse(crm.known.email, other);
        const signal = AbortSignal.timeout(30_000);
        const single = connector.lookup(crm.known.email, { signal });
        if (crm.confused === 'unknown') assert.equal(await single, undefined);
        else assert.equal(kindOf(await failure(single)), 'bad_response');
        if (connector.lookupMany === undefined) return;
        // The others of a batch who are known get their answers; of an unknown one it may be open who was meant.
        const third = crm.manyKnown.filter((email) => ![crm.known.email, other].includes(email));
        const batch = [...third, crm.known.email, crm.unknown];
        const many = await connector.lookupMany(batch, { signal });
        const wrong = many.get(crm.known.email);
        if (crm.confused === 'unknown') assert.equal(wrong, undefined);
        else assert.equal(kindOf(wrong), 'bad_response');
        for (const email of third) assert.equal(kindOf(many.get(email)), undefined);
        const found = [...many].filter(([, record]) => kindOf(record) !== 'bad_response');
        assert.deepEqual(found.map(([email]) => email).toSorted(), third.toSorted());
      });
    },
  ),

  rule('a CRM that has recovered answers again', async (crm) => {
    const makeUnavailable = required(crm, 'makeUnavailable');
    const restore = required(crm, 'restore');
    await open(crm, async (connector) => {
      await makeUnavailable();
      await failure(connector.lookup(crm.known.email, { signal: AbortSignal.timeout(30_000) }));
      await restore();
      await find(connector, crm.known.email);
    });
  }),

  rule('a call whose signal has aborted already fails at once', async (crm) => {
    await open(crm, async (connector) => {
      const signal = AbortSignal.abort();
      await failure(connector.lookup(crm.known.email, { signal }));
      if (connector.lookupMany) await failure(connector.lookupMany(crm.manyKnown, { signal }));
      if (connector.findCompany) await failure(connector.findCompany('acme.example', { signal }));
    });
  }),

  rule('an abort ends a call that hangs, and the next lookup starts clean', async (crm) => {
    const hang = required(crm, 'hang');
    await open(crm, async (connector) => {
      await hang();
      const abort = new AbortController();
      const hanging = [failure(connector.lookup(crm.known.email, { signal: abort.signal }))];
      if (connector.lookupMany)
        hanging.push(failure(connector.lookupMany(crm.manyKnown, { signal: abort.signal })));
      setTimeout(() => abort.abort(), 100);
      await within(100 + (crm.endMs ?? END_MS), Promise.all(hanging), 'the aborted calls');
      if (!crm.restore) return;
      await crm.restore();
      await find(connector, crm.known.email);
    });
  }),

  rule("one caller's abort does not disturb another's lookup", async (crm) => {
    await open(crm, async (connector) => {
      const abort = new AbortController();
      const aborted = connector
        .lookup(crm.known.email, { signal: abort.signal })
        .catch(() => undefined);
      const other = connector.lookup(crm.known.email, { signal: never() });
      abort.abort();
      await within(crm.endMs ?? END_MS, aborted, 'the aborted lookup');
      assert.notEqual(await other, undefined, 'the other lookup');
    });
  }),
];

function assertClassified(error: unknown, crm: Prepared): void {
  assert.ok(error instanceof Error, 'what is thrown has to be an Error');
  const kinds: readonly unknown[] = CONNECTOR_ERROR_KINDS;
  assert.ok(kinds.includes(kindOf(error)), `kind ${String(kindOf(error))} of ${error.name}`);
  for (let e: unknown = error; e instanceof Error; e = e.cause) assertDiscreet(e.message, crm);
}

function kindOf(error: unknown): unknown {
  return error instanceof Error && 'kind' in error ? error.kind : undefined;
}

async function within<T>(ms: number, wanted: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${ms} ms`)), ms);
  });
  return await Promise.race([wanted, late]).finally(() => clearTimeout(timer));
}
