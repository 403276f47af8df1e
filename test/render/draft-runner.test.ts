import { expect } from 'chai';
import { DraftRunner, DraftsBusyError, type DraftLimits } from '../../src/render/draft-runner.ts';
import type { DraftTexts } from '../../src/render/draft.ts';
import { loadTemplateSet } from '../../src/render/load.ts';
import type { SetSources } from '../../src/render/template-sources.ts';
import { BERLIN, fullView } from '../support/views.ts';
import { PRODUCT } from './temporary-sets.ts';

const FOR_GOOD = new AbortController().signal;
/** It runs until a limit of one rendering ends it. */
const HEAVY =
  '{% for a in (1..9000) %}{% for b in (1..9000) %}{{ a | plus: b }}{% endfor %}{% endfor %}';
const TOO_LONG = 'these templates take too long or too much memory to check';

describe('the thread for drafts', () => {
  let sources: SetSources;
  let runner: DraftRunner;

  before(async () => {
    const { set } = await loadTemplateSet({ name: 'default', folders: [PRODUCT] });
    if (set === undefined) throw new Error('the set has problems');
    ({ sources } = set);
  });
  const start = (limits: Partial<DraftLimits> = {}) => (runner = new DraftRunner(limits));
  afterEach(() => runner.close());

  const run = (texts: DraftTexts, signal = FOR_GOOD, contexts = [fullView()]) =>
    runner.run({ sources, texts, style: BERLIN, contexts }, signal);
  const print = (text: string) => run({ 'found.liquid': text });

  it('checks and renders as the service does, one draft after the other', async () => {
    start();
    const results = await Promise.all([print('{{ contact.name }}'), print('{{ x }}'), print('b')]);
    expect(results.map(({ rendered }) => rendered[0]?.text)).to.deep.equal([
      'Jane Doe',
      undefined,
      'b',
    ]);
    expect(results[1].problems[0]).to.include({ message: 'x: unknown word', line: 1, column: 4 });
  });

  it('delays nothing else, however long a draft takes', async () => {
    start();
    await print('warm');
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 5);
    await run({ 'found.liquid': '{{ contact.nmae }} '.repeat(500) });
    clearInterval(timer);
    expect(turns).to.be.greaterThan(3);
  });

  it('ends a draft that takes too long, and goes on with the next', async () => {
    start({ timeoutMs: 2000 });
    const contexts = Array.from({ length: 2000 }, () => fullView());
    const heavy = run({ 'found.liquid': HEAVY }, FOR_GOOD, contexts);
    const [first, second] = await Promise.all([heavy, print('next')]);
    expect(first.problems.map(({ message }) => message)).to.deep.equal([TOO_LONG]);
    expect(second.rendered).to.deep.equal([{ text: 'next' }]);
  });

  it('leaves out what is no longer wanted, and refuses more than it may keep waiting', async () => {
    start({ maxWaiting: 2 });
    const first = print('first');
    const unwanted = run({}, AbortSignal.abort(new Error('gone'))).catch(String);
    const refused = await print('third').catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(DraftsBusyError);
    expect((await first).rendered[0]?.text).to.equal('first');
    expect(await unwanted).to.equal('Error: gone');
    expect((await print('again')).rendered[0]?.text).to.equal('again');
  });

  it('starts again after a rest', async () => {
    start({ idleMs: 1 });
    await print('first');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await print('second')).rendered[0]?.text).to.equal('second');
  });
});
