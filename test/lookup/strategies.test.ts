import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import type { CacheRead } from '../../src/cache/lookup-cache.ts';
import { Entry } from '../../src/cache/entry.ts';
import type { Connection, PersonResult } from '../../src/upstream/connection.ts';
import {
  lookupInParallel,
  lookupSequentially,
  Notifier,
  type PendingResult,
} from '../../src/lookup/strategies.ts';
import { person, unavailable } from '../support/scripted-connector.ts';
import { openTestConnection, valueOf } from '../support/test-connection.ts';
import { expectNoUnhandledRejections } from '../support/unhandled-rejections.ts';
import { parsePerson } from '../../src/upstream/parse-person.ts';

const LONG = 60_000;

const entry = (name: string | undefined): Entry<PersonResult> =>
  Entry.of(
    name === undefined ? undefined : { profile: parsePerson(person(name)).profile, missing: [] },
    { fetchedAt: 0, partial: false },
  );

/** Connections whose answers come when the test says so. */
function setUp(...names: string[]) {
  const connections = names.map((name) => openTestConnection({ name }).connection);
  const answers = new Map(
    names.map((name) => [name, Promise.withResolvers<Entry<PersonResult>>()]),
  );
  const cachedAnswers = new Map<string, CacheRead<PersonResult>>();
  const asked: string[] = [];
  const onAsk = new Map<string, () => void>();
  const aborter = new AbortController();
  const time = { left: LONG };
  const ask = ({ name }: Connection): CacheRead<PersonResult> => {
    asked.push(name);
    onAsk.get(name)?.();
    const promise = answers.get(name)?.promise ?? Promise.reject(new Error('not prepared'));
    return (
      cachedAnswers.get(name) ?? {
        state: 'miss',
        entry: promise,
        collapsed: false,
        sharedHit: () => undefined,
        partial: () => undefined,
      }
    );
  };
  return {
    connections,
    ask,
    asked,
    onAsk,
    cachedAnswers,
    aborter,
    time,
    deadline: { left: () => time.left, signal: aborter.signal },
    answer: (name: string, who?: string) => answers.get(name)?.resolve(entry(who)),
    fail: (name: string) => answers.get(name)?.reject(unavailable()),
  };
}

const state = ({ connection, entry: answered, error }: PendingResult<PersonResult>) => {
  if (answered === undefined) return `${connection.name}: ${error ?? 'nothing'}`;
  return `${connection.name}: ${valueOf(answered)?.profile.contact.name ?? 'unknown'}`;
};

describe('lookupSequentially', () => {
  expectNoUnhandledRejections();

  it('asks no further connection once one knows the person', async () => {
    const { connections, ask, asked, answer, deadline } = setUp('a', 'b');
    answer('a', 'Jane');
    const results = await lookupSequentially(connections, ask, deadline);
    expect(results.map(state)).to.deep.equal(['a: Jane']);
    expect(asked).to.deep.equal(['a']);
  });

  it('does not wait at all for what is in the cache', async () => {
    const { connections, ask, cachedAnswers, deadline } = setUp('a', 'b');
    cachedAnswers.set('a', { state: 'fresh', entry: entry(undefined), ttlMs: 1, ageMs: 0 });
    cachedAnswers.set('b', { state: 'stale', entry: entry('Jane'), ttlMs: -1, ageMs: 0 });
    const results = await lookupSequentially(connections, ask, deadline);
    expect(results.map(state)).to.deep.equal(['a: unknown', 'b: Jane']);
  });

  it('asks the next one only when the first does not know the person', async () => {
    const { connections, ask, asked, onAsk, answer, deadline } = setUp('a', 'b', 'c');
    onAsk.set('a', () => setImmediate(() => answer('a')));
    onAsk.set('b', () => answer('b', 'Jane'));
    const results = await lookupSequentially(connections, ask, deadline);
    expect(results.map(state)).to.deep.equal(['a: unknown', 'b: Jane']);
    expect(asked).to.deep.equal(['a', 'b']);
  });

  it('asks the next one when the first fails', async () => {
    const { connections, ask, fail, answer, deadline } = setUp('a', 'b');
    fail('a');
    answer('b', 'Jane');
    const results = await lookupSequentially(connections, ask, deadline);
    expect(results.map(state)).to.deep.equal(['a: unavailable', 'b: Jane']);
  });

  it('gives a slow one only its share of the time', async () => {
    const { connections, ask, answer, deadline } = setUp('a', 'b');
    answer('b', 'Jane');
    const [a, b] = connections;
    // Of 60 s, the first of 10,000 has 6 ms.
    const many = [a, ...new Array<typeof b>(9999).fill(b)].filter((one) => one !== undefined);
    const results = await lookupSequentially(many, ask, deadline);
    expect(results.map(state)).to.deep.equal(['a: nothing', 'b: Jane']);
  });

  it('takes the answer of a slow one that comes while the next is being asked', async () => {
    const { connections, ask, time, onAsk, answer, deadline } = setUp('a', 'b');
    time.left = 10;
    onAsk.set('b', () => {
      time.left = LONG;
      setImmediate(() => answer('a', 'Jane'));
    });
    const results = await lookupSequentially(connections, ask, deadline);
    expect(results.map(state)).to.deep.equal(['a: Jane', 'b: nothing']);
  });

  it('waits for a slow one to the end when the others do not know the person', async () => {
    const { connections, ask, time, onAsk, answer, deadline } = setUp('a', 'b');
    time.left = 10;
    onAsk.set('b', () => {
      time.left = LONG;
      answer('b');
      setImmediate(() => answer('a', 'Jane'));
    });
    const results = await lookupSequentially(connections, ask, deadline);
    expect(results.map(state)).to.deep.equal(['a: Jane', 'b: unknown']);
  });

  it('ends when all have said that they do not know', async () => {
    const { connections, ask, answer, fail, deadline } = setUp('a', 'b', 'c');
    answer('a');
    fail('b');
    answer('c');
    const results = await lookupSequentially(connections, ask, deadline);
    expect(results.map(state)).to.deep.equal(['a: unknown', 'b: unavailable', 'c: unknown']);
  });

  it('ends with the deadline when no connection answers', async () => {
    const { connections, ask, time, deadline } = setUp('a', 'b');
    time.left = 5;
    const results = await lookupSequentially(connections, ask, deadline);
    expect(results.map(state)).to.deep.equal(['a: nothing', 'b: nothing']);
  });

  it('ends at once when the signal aborts', async () => {
    const { connections, ask, aborter, deadline } = setUp('a', 'b');
    const waited = lookupSequentially(connections, ask, deadline);
    aborter.abort();
    expect((await waited).map(state)).to.deep.equal(['a: nothing', 'b: nothing']);
  });

  it('handles failures that come after the wait', async () => {
    const { connections, ask, aborter, fail, deadline } = setUp('a', 'b');
    aborter.abort();
    await lookupSequentially(connections, ask, deadline);
    fail('a');
    fail('b');
  });
});

describe('lookupInParallel', () => {
  expectNoUnhandledRejections();

  it('asks all in parallel and waits for all', async () => {
    const { connections, ask, asked, answer, fail, deadline } = setUp('a', 'b', 'c');
    const waited = lookupInParallel(connections, ask, deadline);
    expect(asked).to.deep.equal(['a', 'b', 'c']);
    answer('c', 'Jane');
    await new Promise(setImmediate);
    fail('b');
    await new Promise(setImmediate);
    answer('a', 'J. Doe');
    expect((await waited).map(state)).to.deep.equal(['a: J. Doe', 'b: unavailable', 'c: Jane']);
  });

  it('goes on without those that have not answered by the deadline', async () => {
    const { connections, ask, answer, time, deadline } = setUp('a', 'b');
    time.left = 10;
    answer('b', 'Jane');
    const results = await lookupInParallel(connections, ask, deadline);
    expect(results.map(state)).to.deep.equal(['a: nothing', 'b: Jane']);
  });

  it('goes on without them at once when the signal aborts', async () => {
    const { connections, ask, answer, aborter, deadline } = setUp('a', 'b');
    answer('b', 'Jane');
    const waited = lookupInParallel(connections, ask, deadline);
    await new Promise(setImmediate);
    aborter.abort();
    expect((await waited).map(state)).to.deep.equal(['a: nothing', 'b: Jane']);
  });
});

describe('Notifier', () => {
  expectNoUnhandledRejections();
  const never = new AbortController().signal;

  it('does not wait when there is enough already', async () => {
    await new Notifier().waitUntil(() => true, LONG, never);
  });

  it('does not wait without time', async () => {
    await new Notifier().waitUntil(() => false, 0, never);
    await new Notifier().waitUntil(() => false, -5, never);
  });

  it('does not wait once the signal has aborted', async () => {
    await new Notifier().waitUntil(() => false, LONG, AbortSignal.abort());
  });

  it('ends when a notification makes it enough, and not before', async () => {
    const settled = new Notifier();
    let count = 0;
    let woke = false;
    const waited = settled.waitUntil(() => count >= 2, LONG, never).then(() => (woke = true));
    for (const expected of [false, true]) {
      count += 1;
      settled.notify();
      await new Promise(setImmediate);
      expect(woke).to.equal(expected);
    }
    await waited;
  });

  it('ends when the signal aborts', async () => {
    const aborter = new AbortController();
    const waited = new Notifier().waitUntil(() => false, LONG, aborter.signal);
    aborter.abort();
    await waited;
  });

  it('ends when the time is over', async () => {
    await new Notifier().waitUntil(() => false, 5, never);
  });

  it('leaves no listener on the signal and accepts notifications after the wait', async () => {
    const settled = new Notifier();
    const { signal } = new AbortController();
    await settled.waitUntil(() => false, 1, signal);
    settled.notify();
    expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
  });
});
