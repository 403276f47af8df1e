/** What `lookup` and `lookupMany` answer. */
import { expect } from 'chai';
import { plainAnswer, withoutAbsent } from '../connector-answers.ts';
import { hostileAddresses } from '../hostile-addresses.ts';
import { NotOffered, rule, type Rule } from './rule.ts';
import { find, never, open } from './use.ts';

export const people: readonly Rule[] = [
  rule('a known person is found, in the words of the contract and plain JSON', async (it) => {
    await open(it, async (connector) => {
      const answer = await find(connector, it.known.email);
      plainAnswer(answer);
      const { contact, company } = answer;
      const name = contact.name ?? [contact.firstName, contact.lastName].filter(Boolean).join(' ');
      expect(name).to.equal(it.known.name);
      if (it.known.companyName !== undefined)
        expect(company?.name, 'company.name').to.equal(it.known.companyName);
    });
  }),

  rule("a person's deals and tickets are all found, and no others", async (it) => {
    const { email, deals, tickets } = it.known;
    if (deals === undefined && tickets === undefined) throw new NotOffered();
    await open(it, async (connector) => {
      const alone = await find(connector, email);
      const among = (await connector.lookupMany?.([...new Set([...it.manyKnown, email])], {
        signal: never(),
      })) ?? [[email, alone] as const];
      for (const answer of [alone, new Map(among).get(email)]) {
        if (deals) expect(answer?.deals?.map((d) => d.name) ?? []).to.have.same.members([...deals]);
        if (tickets)
          expect(answer?.tickets?.map((t) => t.subject) ?? []).to.have.same.members([...tickets]);
        expect(answer?.missing ?? [], 'missing').to.deep.equal([]);
      }
    });
  }),

  rule('an unknown person is undefined, not an error and not another person', async (it) => {
    await open(it, async (connector) => {
      expect(await connector.lookup(it.unknown, { signal: never() })).to.be.undefined;
    });
  }),

  rule('a person with capital letters in the stored address is found', async (it) => {
    const address = it.storedInMixedCase;
    if (address === undefined) throw new NotOffered();
    await open(it, async (connector) => {
      await find(connector, address);
      const many = await connector.lookupMany?.([address], { signal: never() });
      if (many) expect([...many.keys()], 'known').to.deep.equal([address]);
    });
  }),

  rule('different people have different answers', async (it) => {
    expect(it.manyKnown.length, 'manyKnown').to.be.at.least(3);
    await open(it, async (connector) => {
      const answers = [];
      for (const email of it.manyKnown) answers.push(JSON.stringify(await find(connector, email)));
      expect(new Set(answers).size).to.equal(it.manyKnown.length);
    });
  }),

  rule('many at once get the same answers as each alone, and the absent are absent', async (it) => {
    await open(it, async (connector) => {
      if (!connector.lookupMany) throw new NotOffered();
      const many = await connector.lookupMany([...it.manyKnown, it.unknown], { signal: never() });
      expect([...many.keys()]).to.have.same.members([...it.manyKnown]);
      for (const email of it.manyKnown) {
        const alone = await find(connector, email);
        expect(withoutAbsent(many.get(email))).to.deep.equal(withoutAbsent(alone));
      }
      const none = await connector.lookupMany([it.unknown], { signal: never() });
      expect(none.size, 'known among the unknown').to.equal(0);
    });
  }),

  rule('a batch of maxBatch addresses works', async (it) => {
    await open(it, async (connector) => {
      if (!connector.lookupMany) throw new NotOffered();
      const size = connector.maxBatch ?? 100;
      expect(size, 'maxBatch').to.be.greaterThan(0);
      const filling = Array.from({ length: size }, (_, i) => `unknown-${i}@unknown-people.example`);
      const batch = [...it.manyKnown, ...filling].slice(0, size);
      const many = await connector.lookupMany(batch, { signal: never() });
      expect([...many.keys()]).to.have.same.members(it.manyKnown.slice(0, size));
    });
  }),

  rule(
    'a hostile address is known or unknown, never an error, never another person',
    async (it) => {
      const hostile = hostileAddresses(it.known.email).filter((a) => !it.manyKnown.includes(a));
      await open(it, async (connector) => {
        for (const email of hostile) {
          const answer = await connector.lookup(email, { signal: never() });
          if (answer) expect(answer.contact.email?.toLowerCase(), 'whose').to.equal(email);
        }
        if (!connector.lookupMany) return;
        const size = connector.maxBatch ?? 100;
        for (const batch of [
          ...chunks(hostile, size),
          ...chunks([it.known.email, ...hostile], size),
        ]) {
          const many = await connector.lookupMany(batch, { signal: never() });
          expect(many.has(it.known.email), 'knows the person').to.equal(
            batch.includes(it.known.email),
          );
          for (const [email, answer] of many) {
            expect(batch.includes(email), 'was asked for').to.equal(true);
            if (email !== it.known.email)
              expect(answer.contact.email?.toLowerCase(), 'whose').to.equal(email);
          }
        }
      });
    },
  ),

  rule('many lookups side by side are all right', async (it) => {
    await open(it, async (connector) => {
      const alone = new Map<string, unknown>([[it.unknown, undefined]]);
      for (const email of it.manyKnown)
        alone.set(email, withoutAbsent(await find(connector, email)));
      const asked = Array.from({ length: 10 }, () => [...alone.keys()]).flat();
      const answers = await Promise.all(
        asked.map((email) => connector.lookup(email, { signal: never() })),
      );
      for (const [i, email] of asked.entries())
        expect(withoutAbsent(answers[i])).to.deep.equal(alone.get(email));
    });
  }),

  rule('every lookup is observed', async (it) => {
    await open(it, async (connector, context) => {
      await connector.lookup(it.known.email, { signal: never() });
      expect(context.observed, 'requests').to.not.be.empty;
      for (const { operation, status, ms } of context.observed) {
        expect(operation, 'operation').to.match(/^[a-z0-9][\w ./-]{0,60}$/i);
        expect(ms, 'ms').to.be.at.least(0);
        if (typeof status === 'string')
          expect(status).to.be.oneOf(['ok', 'timeout', 'aborted', 'error']);
        else expect(status, 'status').to.be.within(100, 599);
      }
    });
  }),
];

function chunks<T>(list: readonly T[], size: number): readonly (readonly T[])[] {
  const count = Math.ceil(list.length / size);
  return Array.from({ length: count }, (_, i) => list.slice(i * size, (i + 1) * size));
}
