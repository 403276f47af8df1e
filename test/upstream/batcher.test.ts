import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import { ConnectorError } from '../../src/connector/errors.ts';
import { Batcher } from '../../src/upstream/batcher.ts';
import { Bulkhead } from '../../src/upstream/bulkhead.ts';
import { failureOf, failuresOf } from '../support/test-connection.ts';
import { expectNoUnhandledRejections } from '../support/unhandled-rejections.ts';

/** Longer than any test. */
const LONG = 60_000;
/** How long a call counts as "just now": a lookup after it is a lone one again. */
const BUSY = 30;

interface Call {
  readonly emails: readonly string[];
  readonly signal: AbortSignal;
  /** Reports what is known of a person so far. */
  readonly report: (email: string, read: () => string) => void;
  readonly end: PromiseWithResolvers<ReadonlyMap<string, string>>;
  /** Answers for everybody. */
  answer(): void;
}

function setUp(
  options: { maxBatch?: number; places?: number; maxQueue?: number; pauseMs?: () => number } = {},
) {
  const calls: Call[] = [];
  const takers: ((call: Call) => void)[] = [];
  let handedOut = 0;
  const script = { respond: undefined as ((call: Call) => void) | undefined, mostRunning: 0 };
  const bulkhead = new Bulkhead(options.places ?? 4);
  const batcher = new Batcher<string>({
    maxBatch: options.maxBatch ?? 100,
    maxQueue: options.maxQueue ?? 1000,
    bulkhead,
    ...(options.pauseMs === undefined ? {} : { pauseMs: options.pauseMs }),
    call: (emails, signal, _traced, report) => {
      script.mostRunning = Math.max(script.mostRunning, bulkhead.running);
      const end = Promise.withResolvers<ReadonlyMap<string, string>>();
      const answer = () =>
        end.resolve(new Map(emails.map((email) => [email, nameOf(email)] as const)));
      const call = { emails, signal, report, end, answer };
      signal.addEventListener('abort', () => end.reject(new ConnectorError('timeout', 'aborted')));
      calls.push(call);
      script.respond?.(call);
      const taker = takers.shift();
      if (taker !== undefined) {
        handedOut += 1;
        taker(call);
      }
      return end.promise;
    },
  });
  const next = (): Promise<Call> => {
    const come = calls[handedOut];
    if (come === undefined) return new Promise((take) => takers.push(take));
    handedOut += 1;
    return Promise.resolve(come);
  };
  const lookup = (
    email: string,
    timeLimit = LONG,
    onPartial: ((read: () => string | undefined) => void) | undefined = undefined,
  ) => batcher.lookup(email, timeLimit, onPartial);
  return { batcher, bulkhead, calls, script, next, lookup };
}

const nameOf = (email: string) => `name of ${email}`;
const people = (count: number) => Array.from({ length: count }, (_, n) => `p${n}@acme.example`);
const soon = (call: Call) => void setTimeout(() => call.answer(), 3);

describe('Batcher', () => {
  expectNoUnhandledRejections();

  it('reports what is known so far to those who ask for that person, and fails when the time is over', async () => {
    const { lookup, next } = setUp();
    const known: (string | undefined)[] = [];
    const jane = failureOf(lookup('jane@acme.example', 50, (read) => known.push(read())));
    const { report, signal } = await next();
    report('john@acme.example', () => 'of John');
    report('jane@acme.example', () => 'a part');
    expect(known).to.deep.equal(['a part']);
    expect((await jane).kind).to.equal('timeout');
    expect(signal.aborted).to.equal(true);
  });

  it('sends a lone lookup at once, before anything else happens', async () => {
    const { lookup, calls } = setUp();
    const jane = lookup('jane@acme.example');
    expect(calls.map(({ emails }) => emails)).to.deep.equal([['jane@acme.example']]);
    calls[0]?.answer();
    expect(await jane).to.equal(nameOf('jane@acme.example'));
  });

  it('sends lone lookups one after another at once each, when the CRM was idle in between', async () => {
    const { lookup, calls, script } = setUp();
    script.respond = (call) => call.answer();
    for (let count = 1; count <= 3; count += 1) {
      const waited = lookup(`p${count}@acme.example`);
      expect(calls).to.have.lengthOf(count);
      await waited;
      await pause(BUSY);
    }
  });

  it('gathers lookups while a call is running and sends them together', async () => {
    const { lookup, calls, next } = setUp();
    const first = lookup('first@acme.example');
    const rest = people(10).map((email) => lookup(email));
    expect(calls).to.have.lengthOf(1);
    (await next()).answer();
    const together = await next();
    expect(together.emails).to.have.members(people(10));
    together.answer();
    expect(await Promise.all(rest)).to.deep.equal(people(10).map(nameOf));
    await first;
    expect(calls).to.have.lengthOf(2);
  });

  it('does not wait for the running call to end when there is another place', async () => {
    const { lookup, next } = setUp({ places: 2 });
    const hanging = lookup('hanging@acme.example');
    const jane = lookup('jane@acme.example');
    const first = await next();
    const second = await next();
    expect(second.emails).to.deep.equal(['jane@acme.example']);
    second.answer();
    expect(await jane).to.equal(nameOf('jane@acme.example'));
    first.answer();
    await hanging;
  });

  for (const { maxBatch, most } of [
    { maxBatch: 25, most: 6 },
    { maxBatch: 100, most: 3 },
  ]) {
    it(`asks for 100 people at once in at most ${most} calls of at most ${maxBatch}`, async () => {
      const { lookup, calls, script } = setUp({ maxBatch });
      script.respond = soon;
      const known = await Promise.all(people(100).map((email) => lookup(email)));
      expect(known).to.deep.equal(people(100).map(nameOf));
      expect(calls.length).to.be.at.most(most);
      for (const { emails } of calls) expect(emails.length).to.be.within(1, maxBatch);
      expect(calls.flatMap(({ emails }) => emails)).to.have.members(people(100));
    });

    it(`the same when the 100 arrive one turn of the event loop after another (${maxBatch})`, async () => {
      const { lookup, calls, script } = setUp({ maxBatch });
      // Slower than all can arrive; an answer would free places before the others are here.
      const arrived = Promise.withResolvers<undefined>();
      script.respond = (call) => void arrived.promise.then(() => call.answer());
      const waiting: Promise<string | undefined>[] = [];
      for (const email of people(100)) {
        waiting.push(lookup(email));
        await new Promise(setImmediate);
      }
      arrived.resolve(undefined);
      expect(await Promise.all(waiting)).to.deep.equal(people(100).map(nameOf));
      expect(calls.length).to.be.at.most(most + 2);
    });
  }

  describe('while the connector asks for a pause', () => {
    it('gathers all who come, and sends them together when it is over', async () => {
      const until = performance.now() + 150;
      const { lookup, calls, next } = setUp({
        pauseMs: () => Math.max(0, until - performance.now()),
      });
      const waiting = people(5).map((email) => lookup(email));
      await pause(60);
      waiting.push(lookup('late@acme.example'));
      expect(calls).to.have.lengthOf(0);
      const call = await next();
      expect(performance.now()).to.be.at.least(until);
      expect(call.emails).to.have.lengthOf(6);
      call.answer();
      await Promise.all(waiting);
    });

    it('sends full batches at once: they cannot become larger', async () => {
      const { lookup, calls, script } = setUp({ maxBatch: 10, pauseMs: () => 60_000 });
      script.respond = soon;
      const answered = people(25).map((email) => lookup(email, 200));
      const results = await Promise.allSettled(answered);
      expect(calls.map(({ emails }) => emails.length)).to.deep.equal([10, 10]);
      expect(results.filter(({ status }) => status === 'rejected')).to.have.lengthOf(5);
    });

    it('notices soon that it has become shorter', async () => {
      let ms = 60_000;
      const { lookup, next } = setUp({ pauseMs: () => ms });
      const waiting = lookup('jane@acme.example');
      await pause(20);
      ms = 0;
      const began = performance.now();
      (await next()).answer();
      expect(performance.now() - began).to.be.below(30_000);
      await waiting;
    });
  });

  it('never has more calls under way than there are places', async () => {
    const { lookup, calls, script } = setUp({ maxBatch: 1, places: 3 });
    script.respond = soon;
    await Promise.all(people(20).map((email) => lookup(email)));
    expect(calls).to.have.lengthOf(20);
    expect(script.mostRunning).to.equal(3);
  });

  it('keeps a batch that was about to go when full ones have taken all places', async () => {
    const { lookup, calls, script } = setUp({ maxBatch: 2, places: 2 });
    const waiting = people(4).map((email) => lookup(email));
    expect(calls.map(({ emails }) => emails.length)).to.deep.equal([1, 2]);
    // By the next turn of the event loop it has waited longer than any batch gathers.
    for (const end = performance.now() + 300; performance.now() < end;);
    await pause(20);
    expect(calls).to.have.lengthOf(2);
    script.respond = (call) => call.answer();
    for (const call of [...calls]) call.answer();
    expect(await Promise.all(waiting)).to.deep.equal(people(4).map(nameOf));
    expect(script.mostRunning).to.equal(2);
  });

  it('with a connector that takes one at a time sends each at once, as places allow', async () => {
    const { lookup, calls, script } = setUp({ maxBatch: 1, places: 3 });
    const waiting = people(5).map((email) => lookup(email));
    expect(calls.map(({ emails }) => emails)).to.deep.equal(people(3).map((email) => [email]));
    script.respond = (call) => call.answer();
    for (const call of [...calls]) call.answer();
    await Promise.all(waiting);
  });

  it('gives each the own answer, whatever order the CRM answers in', async () => {
    const { lookup, next } = setUp();
    const emails = ['first@acme.example', ...people(5)];
    const waiting = emails.map((email) => lookup(email));
    (await next()).answer();
    const call = await next();
    call.end.resolve(
      new Map(call.emails.toReversed().map((email) => [email, nameOf(email)] as const)),
    );
    expect(await Promise.all(waiting)).to.deep.equal(emails.map(nameOf));
  });

  it('answers a large call a few at a time, so that others get their turn in between', async () => {
    const { lookup, calls, next } = setUp({ places: 1 });
    const first = lookup('first@acme.example');
    let answered = 0;
    const crowd = people(100).map((email) => lookup(email).then(() => (answered += 1)));
    calls[0]?.answer();
    await first;
    const [, call] = [await next(), await next()];
    call.answer();
    const seen = new Set<number>();
    while (answered < 100) {
      await turn();
      seen.add(answered);
    }
    expect([...seen].filter((count) => count > 0 && count < 100)).to.have.length.of.at.least(3);
    await Promise.all(crowd);
  });

  it('takes people absent from the result for unknown', async () => {
    const { lookup, next } = setUp();
    const waiting = ['first@acme.example', ...people(2)].map((email) => lookup(email));
    (await next()).end.resolve(new Map());
    (await next()).end.resolve(new Map([['p1@acme.example', 'Jane']]));
    expect(await Promise.all(waiting)).to.deep.equal([undefined, undefined, 'Jane']);
  });

  it('fails all lookups of a call that fails, and no others', async () => {
    const { lookup, next } = setUp();
    const first = lookup('first@acme.example');
    const rest = people(5).map((email) => lookup(email));
    (await next()).answer();
    const error = new ConnectorError('rate_limited', 'slow down', { retryAfterMs: 5 });
    (await next()).end.reject(error);
    for (const one of await failuresOf(rest)) expect(one).to.equal(error);
    expect(await first).to.equal(nameOf('first@acme.example'));
  });

  it('goes on after a failure', async () => {
    const { lookup, next } = setUp({ places: 1 });
    const first = lookup('first@acme.example');
    const second = lookup('second@acme.example');
    (await next()).end.reject(new Error('x'));
    expect((await failureOf(first)).kind).to.equal('bad_response');
    (await next()).answer();
    expect(await second).to.equal(nameOf('second@acme.example'));
  });

  describe('timeouts', () => {
    it('end a lookup in the queue, which is then never asked for', async () => {
      const { lookup, calls, next } = setUp({ places: 1 });
      const first = lookup('first@acme.example');
      const late = lookup('late@acme.example', 5);
      const patient = lookup('patient@acme.example');
      expect((await failureOf(late)).kind).to.equal('unavailable');
      (await next()).answer();
      (await next()).answer();
      await Promise.all([first, patient]);
      expect(calls.flatMap(({ emails }) => emails)).to.not.include('late@acme.example');
    });

    it('end a lookup whose call hangs, and abort the call', async () => {
      const { lookup, next } = setUp();
      const waited = lookup('jane@acme.example', 5);
      const { signal } = await next();
      expect(signal.aborted).to.be.false;
      expect((await failureOf(waited)).kind).to.equal('timeout');
      expect(signal.aborted).to.be.true;
    });

    it('abort a call only when no lookup waits for it any more', async () => {
      const { lookup, calls } = setUp({ maxBatch: 3 });
      const first = lookup('first@acme.example');
      // As many as fit go at once: the hasty ones are in the call before their time is over.
      const hasty = [lookup('a@acme.example', 5), lookup('b@acme.example', 5)];
      const patient = lookup('patient@acme.example');
      const [lone, call] = calls;
      expect(call?.emails).to.have.lengthOf(3);
      for (const { kind } of await failuresOf(hasty)) expect(kind).to.equal('timeout');
      expect(call?.signal.aborted).to.be.false;
      call?.answer();
      expect(await patient).to.equal(nameOf('patient@acme.example'));
      expect(call?.signal.aborted).to.be.false;
      lone?.answer();
      await first;
    });

    it('abort it when the last one gives up', async () => {
      const { lookup, calls } = setUp({ maxBatch: 2 });
      const first = lookup('first@acme.example');
      const hasty = [lookup('a@acme.example', 5), lookup('b@acme.example', 10)];
      const [lone, call] = calls;
      for (const { kind } of await failuresOf(hasty)) expect(kind).to.equal('timeout');
      expect(call?.signal.aborted).to.be.true;
      expect(lone?.signal.aborted).to.be.false;
      lone?.answer();
      await first;
    });

    it('limit the wait in the queue to half of it', async () => {
      const { lookup, calls, next } = setUp({ places: 1 });
      const first = lookup('first@acme.example');
      // At its end the kind would be `timeout`.
      const late = await failureOf(lookup('late@acme.example', 400));
      expect(late.kind).to.equal('unavailable');
      (await next()).answer();
      await first;
      expect(calls).to.have.lengthOf(1);
    });

    it('leave a call the whole of it, however long its members stood in the queue', async () => {
      const { lookup, calls, next } = setUp({ places: 1 });
      const first = lookup('first@acme.example');
      const second = lookup('second@acme.example', 200);
      await pause(20);
      (await next()).answer();
      const call = await next();
      expect((await failureOf(second)).kind).to.equal('timeout');
      expect(call.signal.aborted).to.be.true;
      await first;
      expect(calls).to.have.lengthOf(2);
    });

    it('put the newest first when more come than the CRM can answer', async () => {
      const { lookup, next } = setUp({ places: 1, maxBatch: 2 });
      const first = lookup('first@acme.example');
      const waiting = people(4).map((email) => lookup(email, 2000));
      await pause(600);
      waiting.push(lookup('newest@acme.example', 2000));
      (await next()).answer();
      const call = await next();
      expect(call.emails).to.have.members(['p3@acme.example', 'newest@acme.example']);
      call.answer();
      (await next()).answer();
      (await next()).answer();
      await Promise.all([first, ...waiting]);
    });

    it('are short enough for those who have little time, however many arrive', async () => {
      const { lookup, script, calls } = setUp({ places: 2 });
      script.respond = soon;
      const waiting: Promise<unknown>[] = [];
      for (let n = 0; n < 150; n += 1) {
        waiting.push(lookup(`p${n}@acme.example`, 400).catch(() => 'late'));
        await pause(3);
      }
      const answers = await Promise.all(waiting);
      expect(answers.filter((answer) => answer === 'late').length).to.be.below(50);
      expect(calls.length).to.be.above(2);
    });

    it('give the call the reason of the abort', async () => {
      const { batcher, lookup, next } = setUp();
      const late = lookup('late@acme.example', 5);
      const { signal } = await next();
      await failureOf(late);
      expect(signal.reason).to.include({ name: 'TimeoutError' });
      await pause(BUSY);
      const closing = lookup('closing@acme.example');
      const { signal: ended } = await next();
      batcher.abortAll();
      await failureOf(closing);
      expect(ended.reason).to.include({ name: 'AbortError' });
    });

    it('leave nothing behind: the next lookup starts clean', async () => {
      const { lookup, bulkhead, next } = setUp({ places: 1 });
      await failureOf(lookup('hanging@acme.example', 5));
      await next();
      const jane = lookup('jane@acme.example');
      (await next()).answer();
      expect(await jane).to.equal(nameOf('jane@acme.example'));
      expect(bulkhead.running).to.equal(0);
    });
  });

  it('refuses more than may wait, and takes them again when there is room', async () => {
    const { lookup, next } = setUp({ places: 1, maxQueue: 2 });
    const waiting = people(3).map((email) => lookup(email));
    const refused = await failureOf(lookup('more@acme.example'));
    expect(refused.kind).to.equal('unavailable');
    (await next()).answer();
    (await next()).answer();
    await Promise.all(waiting);
    const again = lookup('more@acme.example');
    (await next()).answer();
    expect(await again).to.equal(nameOf('more@acme.example'));
  });

  for (const maxBatch of [0, -3, NaN, 1.5, Infinity]) {
    it(`answers everybody though a connector says maxBatch ${maxBatch}`, async () => {
      const { lookup, script } = setUp({ maxBatch });
      script.respond = soon;
      const known = await Promise.all(people(7).map((email) => lookup(email)));
      expect(known).to.deep.equal(people(7).map(nameOf));
    });
  }

  it('abortAll fails every lookup, in the queue or in flight', async () => {
    const { batcher, lookup, calls, next } = setUp({ places: 1 });
    const waiting = people(4).map((email) => lookup(email));
    const { signal } = await next();
    batcher.abortAll();
    for (const { kind } of await failuresOf(waiting)) expect(kind).to.equal('unavailable');
    expect(signal.aborted).to.be.true;
    expect(batcher.hasQueue).to.be.false;
    expect(calls).to.have.lengthOf(1);
  });

  it('runs a call in the context of the one who asked first', async () => {
    const storage = new AsyncLocalStorage<string>();
    const { lookup, script } = setUp({ places: 1 });
    const seen: (string | undefined)[] = [];
    script.respond = (call) => {
      seen.push(storage.getStore());
      soon(call);
    };
    const names = ['a', 'b', 'c'];
    await Promise.all(names.map((name) => storage.run(name, () => lookup(`${name}@acme.example`))));
    expect(seen).to.deep.equal(['a', 'b']);
  });

  it('settles every lookup with the own answer, whatever comes when', async () => {
    const arrival = fc.record({
      turns: fc.nat(3),
      /** Milliseconds; none, or a limit that may end it first. */
      limit: fc.constantFrom(LONG, LONG, LONG, 4, 12),
    });
    const reply = fc.record({ ms: fc.nat(8), fails: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(arrival, { minLength: 1, maxLength: 30 }),
        fc.array(reply, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 3 }),
        async (arrivals, replies, maxBatch, places) => {
          const { lookup, bulkhead, calls, script } = setUp({ maxBatch, places });
          script.respond = (call) => {
            const { ms, fails } = replies[calls.length % replies.length] ?? { ms: 0, fails: false };
            setTimeout(() => {
              if (fails) call.end.reject(new ConnectorError('unavailable', 'down'));
              else call.answer();
            }, ms);
          };
          const waiting: Promise<unknown>[] = [];
          for (const [index, { turns, limit }] of arrivals.entries()) {
            for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
            const email = `p${index}@acme.example`;
            waiting.push(
              lookup(email, limit).then(
                (name) => expect(name).to.equal(nameOf(email)),
                (error: unknown) => expect(error).to.be.instanceOf(ConnectorError),
              ),
            );
          }
          await Promise.all(waiting);
          await new Promise(setImmediate);
          expect(bulkhead.running).to.equal(0);
          expect(script.mostRunning).to.be.at.most(places);
          const asked = calls.flatMap(({ emails }) => emails);
          expect(new Set(asked).size, 'no address twice').to.equal(asked.length);
          for (const { emails } of calls) expect(emails.length).to.be.within(1, maxBatch);
        },
      ),
      { numRuns: 40 },
    );
  });
});
