import { expect } from 'chai';
import fc from 'fast-check';
import { Liquid, type Template } from 'liquidjs';
import { createEngine } from '../../src/render/engine.ts';
import { BERLIN, fullView } from '../support/views.ts';
import { loadText } from './temporary-sets.ts';

const PIECES = {
  name: '{{ given.name }}{{ outcome }}{% assign inner = given.city %}{{ inner }}',
  item: '{{ item.name }};',
  flag: '{% if flag %}flagged{% endif %}',
  shared: '{{ outer }}{% assign outer = "changed" %}',
};

describe('tags that are rendered without generators', () => {
  const view = fullView();
  for (const text of [
    '{% if deals.size > 99 %}a{% elsif contact.title %}b{% else %}c{% endif %}{% if moreDeals %}d{% else %}e{% endif %}{% if nil %}f{% endif %}',
    '{% unless contact.title %}a{% elsif moreDeals %}b{% else %}c{% endunless %}{% unless moreDeals %}d{% endunless %}',
    '{% assign outer = deals | map: "name" %}{% assign other = nil %}{{ outer | join: "," }}{{ other }}',
    '{% capture outer %}{% for deal in deals %}{{ deal.name }};{% endfor %}{% endcapture %}{{ outer.size }}{{ outer }}',
    '{% liquid assign outer = contact.city | upcase\n if outer\n echo outer\n else\n echo\n endif %}',
    '{% echo contact.name | append: "!" %}{% echo nil %}',
    '{% assign inner = "out" %}{% render "name", given: contact %}{{ inner }}{% render "name", given: nil %}',
    '{% render "item" for deals as item %}{% render "item" with deals.first as item %}{% render "flag", flag %}',
    '{% assign outer = "out" %}{% include "shared" %}{{ outer }}{% include "name", given: contact %}',
    '{% for deal in deals %}{{ forloop.index }}{{ forloop.index0 }}{{ forloop.rindex }}{{ forloop.rindex0 }}{{ forloop.first }}{{ forloop.last }}{{ forloop.length }}{% endfor %}',
    '{% for deal in deals %}{% if deal.won %}{% continue %}{% endif %}{{ deal.name }}{% for ticket in tickets %}{{ forloop.last }}{% endfor %}{% else %}none{% endfor %}{% for x in others %}a{% else %}none{% endfor %}',
    '{% for field in contact.fields %}{{ field[0] }}={{ field[1] }};{% endfor %}{% for x in contact.name %}{{ x }}{% endfor %}{% for x in nil %}a{% endfor %}{% for x in (1..3) %}{{ x }}{% endfor %}',
    '{% for deal in deals limit: 1 %}{{ deal.name }}{% endfor %}{% for deal in deals offset: continue %}{{ deal.name }}{% endfor %}',
    '{% for deal in deals %}{% break %}{% endfor %}{% for deal in deals offset: continue %}x{% endfor %}{% for deal in deals reversed %}{{ deal.name }}{% endfor %}',
    '{% for deal in deals %}{% case 1 %}{% when 1 %}{% break %}{% when 1 %}{% for x in (1..3) %}{{ x }}{% endfor %}{% endcase %}{% endfor %}',
    '{% for deal in deals %}{% if forloop.first %}{% assign f = forloop %}{% endif %}{{ f.index }}{% endfor %}{{ f.index }}{{ f.last }}{{ f | json }}{% for x in f %}{{ x }}{% endfor %}',
    '{% for deal in deals %}{% if forloop.last %}{{ forloop | json }}{% endif %}{% for x in forloop %}{{ x }}{% endfor %}{{ forloop.name }}{% endfor %}',
    '{% if contact.title == not nil %}a{% else %}b{% endif %}{% if contact.title != not nil %}a{% else %}b{% endif %}{% if contact.title contains not nil %}a{% else %}b{% endif %}',
    '{% for deal in deals %}{% if deal.won %}{% break %}{% endif %}{% render "item", item: deal %}{% endfor %}',
  ]) {
    it(`print the same as liquidjs: ${text.slice(0, 60)}`, async () => {
      const pieces = Object.entries(PIECES).map(([name, piece]) => [`${name}.liquid`, piece]);
      const { set, problems } = await loadText(text, Object.fromEntries(pieces));
      expect(problems).to.deep.equal([]);
      const { text: own, failure } = set?.render(view, BERLIN) ?? {};
      expect(failure).to.equal(undefined);
      const plain = new Liquid({ ownPropertyOnly: true, templates: PIECES });
      expect(own).to.equal(await plain.parseAndRender(text, undefined, { globals: { ...view } }));
    });
  }

  it('print the same as liquidjs, whatever they are made of', () => {
    const partials = new Map<string, readonly Template[]>();
    const engine = createEngine(partials);
    for (const [name, piece] of Object.entries(PIECES))
      partials.set(name, engine.parse(piece, name));
    const plain = new Liquid({ ownPropertyOnly: true, templates: PIECES });
    const globals = { ...view };
    fc.assert(
      fc.property(templates, (text) => {
        const own = engine.render(engine.parse(text, 'random'), view, BERLIN).text;
        expect(own).to.equal(plain.parseAndRenderSync(text, undefined, { globals }));
      }),
      { numRuns: 500 },
    );
  });
});

/** Templates of these tags, and of `case`, which continues after `break`. */
const { templates } = fc.letrec<Record<'templates' | 'block' | 'node', string>>((tie) => {
  const path = fc.constantFrom(
    ...['contact.name', 'contact.title', 'contact.fields.size', 'deals.size', 'moreDeals'],
    ...['nil', 'true', 'false', '"a"', '2', 'item.name', 'item.won', 'x', 'y.index', 'y.last'],
    ...['index', 'index0', 'rindex', 'rindex0', 'first', 'last', 'length', 'name'].map(
      (property) => `forloop.${property}`,
    ),
  );
  const list = fc.constantFrom('deals', 'tickets', 'nil', 'contact.name', '(1..3)', 'forloop', 'x');
  const operand = join(fc.constantFrom('', '', '', 'not '), fc.oneof(path, list));
  const operator = fc.constantFrom(' == ', ' != ', ' contains ', ' and ', ' or ');
  const condition = join(operand, many(join(operator, operand)));
  const variable = fc.constantFrom('x', 'y');
  const block = tie('block');
  const otherwise = optional(join('{% else %}', block));
  const elsif = optional(join('{% elsif ', condition, ' %}', block));
  const branches = join(' ', condition, ' %}', block, elsif, otherwise);
  const when = join('{% when ', fc.constantFrom('1', '2'), ' %}', block);
  return {
    templates: join(block, block),
    block: many(tie('node')),
    node: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      join('{{ ', path, ' }}'),
      fc.constantFrom('-', '{% break %}', '{% continue %}', '{{ forloop | json }}'),
      join('{% assign ', variable, ' = ', fc.oneof(path, fc.constant('forloop')), ' %}'),
      join('{% render "item", item: ', fc.constantFrom('item', 'deals[1]', 'nil'), ', x: x %}'),
      join('{% if', branches, '{% endif %}'),
      join('{% unless', branches, '{% endunless %}'),
      join('{% for item in ', list, ' %}', block, otherwise, '{% endfor %}'),
      join('{% capture ', variable, ' %}', block, '{% endcapture %}'),
      join('{% case 1 %}', when, when, otherwise, '{% endcase %}'),
    ),
  };
});

function join(...parts: readonly (string | fc.Arbitrary<string>)[]): fc.Arbitrary<string> {
  const texts = parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part));
  return fc.tuple(...texts).map((strings) => strings.join(''));
}

function many(part: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.array(part, { maxLength: 3 }).map((strings) => strings.join(''));
}

function optional(part: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof(fc.constant(''), part);
}
