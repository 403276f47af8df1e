import { expect } from 'chai';
import { runAtOnce } from '../../src/model/time-slice.ts';
import { checkTemplates, compileTemplates, wordsRead } from '../../src/render/compile.ts';
import { describeProblem } from './temporary-sets.ts';

/** `found` and pieces, in memory only. */
function compile(found: string, pieces: Readonly<Record<string, string>> = {}) {
  const source = (name: string, text: string) => ({ file: `${name}.liquid`, text });
  return runAtOnce(
    compileTemplates({
      states: new Map([['found', source('found', found)]]),
      partials: new Map(
        Object.entries(pieces).map(([name, text]) => [name, source(name, text)] as const),
      ),
    }),
  );
}

function problemsOf(found: string, pieces: Readonly<Record<string, string>> = {}) {
  return runAtOnce(checkTemplates(compile(found, pieces))).map(describeProblem);
}

describe('templates in memory', () => {
  it('are checked with file, line and column', () => {
    const pieces = { line: '\n{{ who.nmae }}' };
    expect(problemsOf('{% render "line", who: contact %}\n{{ outcom }}', pieces)).to.deep.equal([
      '2:4 outcom: unknown word; did you mean "outcome"?',
      'line.liquid:2:4 who.nmae: unknown word (called from found.liquid:1:1); did you mean "who.name"?',
    ]);
  });

  it('are checked in branches that no sample reaches', () => {
    const text = '{% if contact.name == "?" %}{{ contact.nmae | upcas }}{% endif %}';
    expect(problemsOf(text)).to.deep.equal([
      '1:32 contact.nmae: unknown word; did you mean "contact.name"?',
      '1:47 upcas: unknown filter; did you mean "upcase"?',
    ]);
  });

  it('fail with what no values could save, such as a filter without its argument', () => {
    expect(problemsOf('a\n{{ contact.name | append }}')).to.deep.equal([
      '2:19 append: an argument is missing; write it after a colon, such as append: "text"',
    ]);
  });

  it('do not fail with what depends on the person: limits, and values that are missing', () => {
    const long = '{% for a in (1..999999999) %}x{% endfor %}';
    const missing = '{{ company.name | date: "%Y" }}{{ deals | where: "open" | sum: "amount" }}';
    for (const text of [long, missing]) expect(problemsOf(text)).to.deep.equal([]);
  });
});

describe('the words of the request that a template reads', () => {
  const rows: Readonly<Record<string, readonly [text: string, words: readonly string[]]>> = {
    'are those it prints or compares': [
      '{% if source.stale %}{{ visitor.host | default: caseId }}{% endif %}',
      ['caseId', 'source.stale', 'visitor.host'],
    ],
    'are all of a group that it passes on': [
      '{{ visitor | json }}{% assign v = visitor %}',
      ['visitor.email', 'visitor.ip', 'visitor.url', 'visitor.host'],
    ],
    'are all of a group whose word is known only as it runs': [
      '{{ visitor[contact.kind] }}',
      ['visitor.email', 'visitor.ip', 'visitor.url', 'visitor.host'],
    ],
    'are in ranges, brackets and options, too': [
      '{{ (1..source.ageSeconds).size }}{{ deals[caseId].name }}{% for d in deals limit: source.ageSeconds %}{% endfor %}',
      ['caseId', 'source.ageSeconds'],
    ],
    'are in the pieces it calls, too': ['{% render "a" %}', ['now', 'source.missing']],
    'are not those of the CRM': ['{{ contact.name }}{{ outcome }}{{ tenant.name }}', []],
  };
  for (const [what, [text, words]] of Object.entries(rows)) {
    it(what, () => {
      const pieces = { a: '{% include "b" %}{% render "a" %}', b: '{{ now }}{{ source.missing }}' };
      const compiled = compile(text, pieces);
      const template = compiled.states.get('found');
      const read = template === undefined ? [] : runAtOnce(wordsRead(template, compiled));
      expect(read.map((word) => word.join('.'))).to.have.members([...words]);
    });
  }
});
