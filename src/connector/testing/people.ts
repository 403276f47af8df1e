/** What `lookup` and `lookupMany` return. */
import assert from 'node:assert/strict';
import { hostileAddresses } from './hostile-addresses.ts';
import { assertPlainRecord, withoutAbsent } from './plain-record.ts';
import { NotOffered, required, rule, type Rule } from './rule.ts';
import { assertSameMembers, find, never, open, recordsIn } from './use.ts';

export const people: readonly Rule[] = [
  rule('a known person is found, in the words of the contract and plain JSON', async (crm) => {
    await open(crm, async (connector) => {
      const record = await find(connector, crm.known.email);
      assertPlainRecord(record);
      const { contact, company } = record;
      const name = contact.name ?? [contact.firstName, contact.lastName].filter(Boolean).join(' ');
      assert.equal(name, crm.known.name);
      if (crm.known.companyName !== undefined)
        assert.equal(company?.name, crm.known.companyName, 'company.name');
    });
  }),

  rule("a person's deals and tickets are all found, and no others", async (crm) => {
    const { email, deals, tickets } = crm.known;
    if (deals === undefined && tickets === undefined)
      throw new NotOffered('prepare', '`known.deals` or `known.tickets`');
    await open(crm, async (connector) => {
      const alone = await find(connector, email);
      const batch = [...new Set([...crm.manyKnown, email])];
      const many = await connector.lookupMany?.(batch, { signal: never() });
      for (const record of many ? [alone, recordsIn(many).get(email)] : [alone]) {
        const names = record?.deals?.map((deal) => deal.name) ?? [];
        if (deals) assertSameMembers(names, deals, 'deals');
        const subjects = record?.tickets?.map((ticket) => ticket.subject) ?? [];
        if (tickets) assertSameMembers(subjects, tickets, 'tickets');
        assert.deepEqual(record?.missing ?? [], [], 'missing');
      }
    });
  }),

  rule('an unknown person is undefined, not an error and not another person', async (crm) => {
    await open(crm, async (connector) => {
      assert.equal(await connector.lookup(crm.unknown, { signal: never() }), undefined);
    });
  }),

  rule('a person with capital letters in the stored address is found', async (crm) => {
    const address = required(crm, 'storedInMixedCase');
    await open(crm, async (connector) => {
      await find(connector, address);
      const many = await connector.lookupMany?.([address], { signal: never() });
      if (many) assert.deepEqual([...many.keys()], [address], 'known');
    });
  }),

  rule('different people have different answers', async (crm) => {
    assert.ok(crm.manyKnown.length >= 3, 'manyKnown has fewer than three addresses');
    await open(crm, async (connector) => {
      const records = [];
      for (const email of crm.manyKnown) records.push(JSON.stringify(await find(connector, email)));
      assert.equal(new Set(records).size, crm.manyKnown.length);
    });
  }),

  rule(
    'many at once get the same answers as each alone, and the absent are absent',
    async (crm) => {
      await open(crm, async (connector) => {
        if (!connector.lookupMany) throw new NotOffered('the connector', '`lookupMany`');
        const many = await connector.lookupMany([...crm.manyKnown, crm.unknown], {
          signal: never(),
        });
        assertSameMembers(many.keys(), crm.manyKnown, 'known');
        for (const email of crm.manyKnown) {
          const alone = await find(connector, email);
          assert.deepEqual(withoutAbsent(many.get(email)), withoutAbsent(alone));
        }
        const none = await connector.lookupMany([crm.unknown], { signal: never() });
        assert.equal(none.size, 0, 'known among the unknown');
      });
    },
  ),

  rule('a batch of maxBatch addresses works', async (crm) => {
    await open(crm, async (connector) => {
      if (!connector.lookupMany) throw new NotOffered('the connector', '`lookupMany`');
      const size = connector.maxBatch ?? 100;
      assert.ok(size > 0, 'maxBatch');
      const filling = Array.from({ length: size }, (_, i) => `unknown-${i}@unknown-people.example`);
      const batch = [...crm.manyKnown, ...filling].slice(0, size);
      const many = await connector.lookupMany(batch, { signal: never() });
      assertSameMembers(many.keys(), crm.manyKnown.slice(0, size), 'known');
    });
  }),

  rule(
    'a hostile address is known or unknown, never an error, never another person',
    async (crm) => {
      const hostile = hostileAddresses(crm.known.email).filter((a) => !crm.manyKnown.includes(a));
      await open(crm, async (connector) => {
        for (const email of hostile) {
          const record = await connector.lookup(email, { signal: never() });
          if (record) assert.equal(record.contact.email?.toLowerCase(), email, 'whose');
        }
        if (!connector.lookupMany) return;
        const size = connector.maxBatch ?? 100;
        for (const batch of [
          ...chunks(hostile, size),
          ...chunks([crm.known.email, ...hostile], size),
        ]) {
          const many = await connector.lookupMany(batch, { signal: never() });
          const hasKnown = batch.includes(crm.known.email);
          assert.equal(many.has(crm.known.email), hasKnown, 'has the known person');
          for (const [email, record] of recordsIn(many)) {
            assert.ok(batch.includes(email), 'returns an address that was not asked for');
            if (email !== crm.known.email)
              assert.equal(record.contact.email?.toLowerCase(), email, 'whose');
          }
        }
      });
    },
  ),

  rule('many lookups side by side are all right', async (crm) => {
    await open(crm, async (connector) => {
      const alone = new Map<string, unknown>([[crm.unknown, undefined]]);
      for (const email of crm.manyKnown)
        alone.set(email, withoutAbsent(await find(connector, email)));
      const emails = Array.from({ length: 10 }, () => [...alone.keys()]).flat();
      const records = await Promise.all(
        emails.map((email) => connector.lookup(email, { signal: never() })),
      );
      for (const [i, email] of emails.entries())
        assert.deepEqual(withoutAbsent(records[i]), alone.get(email));
    });
  }),

  rule('every lookup is reported by recordRequest', async (crm) => {
    await open(crm, async (connector, context) => {
      await connector.lookup(crm.known.email, { signal: never() });
      assert.ok(context.observed.length > 0, 'recordRequest was not called');
      for (const { operation, status, ms } of context.observed) {
        assert.match(operation, /^[a-z0-9][\w ./-]{0,60}$/i, 'operation');
        assert.ok(ms >= 0, 'ms');
        const isStatus =
          typeof status === 'string'
            ? ['ok', 'timeout', 'aborted', 'error'].includes(status)
            : status >= 100 && status <= 599;
        assert.ok(isStatus, `status ${status}`);
      }
    });
  }),
];

function chunks<T>(list: readonly T[], size: number): readonly (readonly T[])[] {
  const count = Math.ceil(list.length / size);
  return Array.from({ length: count }, (_, i) => list.slice(i * size, (i + 1) * size));
}
