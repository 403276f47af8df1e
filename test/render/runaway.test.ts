import { expect } from 'chai';
import { Budget, MAX_BLOCKS, TIME_LIMIT_MS } from '../../src/render/limits.ts';
import { RenderLimitError } from '../../src/render/limits.ts';
import { BERLIN, fullView } from '../support/views.ts';
import { loadText } from './temporary-sets.ts';

const GROWN = 'a text or list grew too long';
const TURNS = 'loops and partials take too many turns';
const MEMORY = 'made too much text';
const DEEP = 'partials are nested too deep';
const LONG = 'takes too long';

/** Templates that would run for minutes or fill the memory, and what may stop them. */
const RUNAWAYS: Readonly<Record<string, readonly [text: string, ...reasons: string[]]>> = {
  'loops within loops': [
    '{% for a in (1..900) %}{% for b in (1..900) %}{% for c in (1..900) %}{% endfor %}{% endfor %}{% endfor %}',
    TURNS,
    MEMORY,
    LONG,
  ],
  'a huge range': ['{% for a in (1..999999999) %}x{% endfor %}', MEMORY],
  'a large text': [`{% for a in (1..9000) %}${'x'.repeat(1000)}{% endfor %}`, MEMORY],
  'a text that doubles': [
    '{% assign x = "aaaaaaaaaa" %}{% for a in (1..99) %}{% assign x = x | append: x %}{% endfor %}{{ x }}',
    MEMORY,
  ],
  'a text that doubles by capture': [
    '{% assign x = "aaaaaaaaaa" %}{% for a in (1..99) %}{% capture x %}{{ x }}{{ x }}{% endcapture %}{% endfor %}',
    MEMORY,
  ],
  'a text that grows by replace': [
    '{% assign x = "aaaaaaaaaa" %}{% for a in (1..99) %}{% assign x = x | replace: "a", "aaaaaaaaaa" %}{% endfor %}',
    MEMORY,
  ],
  'a text that grows by encoding': [
    '{% assign x = "äöü" %}{% for a in (1..99) %}{% assign x = x | append: "ä" | url_encode | replace: "%", "ä" %}{% endfor %}',
    MEMORY,
    GROWN,
  ],
  'a partial that calls itself': ['{% render "self" %}', DEEP],
  'a partial that calls itself twice': ['{% render "twice" %}', DEEP, TURNS, LONG],
  'an include of itself': ['{% include "again" %}', DEEP, TURNS, LONG],
  'lists within lists': [
    '{% assign a = "x" | split: "" %}{% for i in (1..99) %}{% assign b = "" | split: "" %}{% assign a = b | push: a | push: a %}{% endfor %}{{ a }}',
    GROWN,
  ],
  'long lists that are compared': [
    `{% assign r = (1..99000) %}{% case r %}${'{% when r %}x'.repeat(100)}{% endcase %}`,
    GROWN,
  ],
  'a long list that is searched': [
    '{% assign r = (1..99000) %}{% if r contains "x" %}{% endif %}',
    GROWN,
  ],
  'a long list that is printed': ['{% assign r = (1..99000) %}{{ r }}', GROWN],
  'long lists that are sorted': [
    '{% assign r = (1..15000) %}{% for i in (1..9000) %}{% assign s = r | reverse | sort %}{% endfor %}',
    MEMORY,
    LONG,
  ],
  'groups of groups': [
    '{% assign g = deals %}{% for i in (1..99) %}{% assign g = g | group_by: "name" %}{% assign g = g | concat: g %}{% endfor %}{{ g.size }}',
    GROWN,
  ],
  'a wide date': ['{{ now | date: "%999999999d" }}', MEMORY],
  'JSON without end': ['{% for i in (1..9999) %}{{ deals | json }}{% endfor %}', MEMORY],
};

const PIECES = {
  'self.liquid': '{% render "self" %}',
  'twice.liquid': '{% render "twice" %}{% render "twice" %}',
  'again.liquid': '{% include "again" %}',
};

describe('a template that runs away', () => {
  for (const [what, [text, ...reasons]] of Object.entries(RUNAWAYS)) {
    it(`is stopped: ${what}`, async () => {
      const { set, problems } = await loadText(text, PIECES);
      expect(problems).to.deep.equal([]);
      const rendered = set?.render(fullView(), BERLIN);
      expect(rendered?.text).to.match(/^Jane Doe - VP Operations/u);
      const reason = rendered?.failure?.replace(/^\S+ /u, '').replace(/, called from \S+$/u, '');
      expect(reason).to.be.oneOf(reasons);
    });
  }

  it('does not change what others see', async () => {
    const view = deepFreeze(fullView());
    const { set } = await loadText(
      '{% increment others %}{% assign company = "x" %}{% assign d = deals | push: "x" | reverse %}{{ contact.name }}{{ company }}',
    );
    expect(set?.render(view, BERLIN)).to.deep.equal({ text: '0Jane Doex' });
  });
});

describe('the budget of a rendering', () => {
  it('allows so many blocks', () => {
    const budget = new Budget(
      () => 0,
      () => 0,
    );
    for (let block = 0; block < MAX_BLOCKS; block++) budget.nextBlock();
    expect(() => budget.nextBlock()).to.throw(RenderLimitError, TURNS);
  });

  it('ends after its time by the clock and its time of work', () => {
    let now = 0;
    const budget = new Budget(
      () => now,
      () => now,
    );
    now = TIME_LIMIT_MS * 2 - 1;
    budget.check();
    now += TIME_LIMIT_MS;
    expect(() => budget.check()).to.throw(RenderLimitError, LONG);
  });

  it('does not count the time that a busy machine makes it wait', () => {
    let now = 0;
    const budget = new Budget(
      () => now / 100,
      () => now,
    );
    for (; now < 4000; now += 10) budget.check();
    now = 20_000;
    expect(() => budget.check()).to.throw(RenderLimitError, LONG);
  });
});

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
