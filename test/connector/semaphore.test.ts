import { expect } from 'chai';
import { Semaphore } from '../../src/connector/semaphore.ts';

const never = new AbortController().signal;

describe('Semaphore', () => {
  it('lets so many in at once, and the others in order', async () => {
    const semaphore = new Semaphore(2);
    const inside: number[] = [];
    const enter = async (n: number) => {
      await semaphore.acquire(never);
      inside.push(n);
    };
    const entering = [1, 2, 3, 4].map(enter);
    await Promise.all(entering.slice(0, 2));
    expect(inside).to.deep.equal([1, 2]);
    semaphore.release();
    await entering[2];
    expect(inside).to.deep.equal([1, 2, 3]);
    semaphore.release();
    await entering[3];
  });

  it('a place goes to the next when the one whose turn it is has given up', async () => {
    const semaphore = new Semaphore(1);
    await semaphore.acquire(never);
    const impatient = new AbortController();
    const first = semaphore.acquire(impatient.signal).catch((error: unknown) => error);
    const second = semaphore.acquire(never);
    // The place is given before the one that gave up has left the queue.
    impatient.abort();
    semaphore.release();
    await first;
    await second;
  });

  it('whose signal has aborted gets no place, and takes none', async () => {
    const semaphore = new Semaphore(1);
    const error: unknown = await semaphore
      .acquire(AbortSignal.abort())
      .catch((reason: unknown) => reason);
    expect(error).to.have.property('kind', 'timeout');
    await semaphore.acquire(never);
  });
});
