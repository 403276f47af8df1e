import { expect } from 'chai';
import { FILTERS } from '../../../src/render/filter-table.ts';
import { loadTemplateSet } from '../../../src/render/load.ts';
import { describeProblem, problemsOf, PRODUCT, writeSets } from '../temporary-sets.ts';

describe('literal arguments of filters', () => {
  const wrong: Readonly<Record<string, string>> = {
    '{{ now | date: "dd.MM.yyyy" }}':
      '1:16 date: "dd.MM.yyyy" is not a pattern of %-letters; did you mean "%d.%m.%Y"?',
    '{{ now | date: "d.m.Y H:i" }}':
      '1:16 date: "d.m.Y H:i" is not a pattern of %-letters; did you mean "%d.%m.%Y %H:%M"?',
    '{{ now | date }}':
      '1:10 date: an argument is missing; write it after a colon, such as date: "%d.%m.%Y", or take day, for the date as the tenant writes it',
    '{{ now | date: "long" }}':
      '1:16 date: "long" is not a pattern of %-letters; write such as date: "%d.%m.%Y"',
    '{{ now | date: "%d.%m.%Q" }}':
      '1:16 date: "%d.%m.%Q" is not a pattern of %-letters; write such as date: "%d.%m.%Y"',
    '{{ now | date: "dd.mm.yyyy" }}':
      '1:16 date: "dd.mm.yyyy" is not a pattern of %-letters; did you mean "%d.%m.%Y"?',
    '{{ now | date: "TT.MM.JJJJ HH:mm" }}':
      '1:16 date: "TT.MM.JJJJ HH:mm" is not a pattern of %-letters; did you mean "%d.%m.%Y %H:%M"?',
    '{{ now | date: "D MMM, h:mm a" }}':
      '1:16 date: "D MMM, h:mm a" is not a pattern of %-letters; did you mean "%-d %b, %-I:%M %p"?',
    '{{ now | date: "%dd.%mm.%YYYY" }}':
      '1:16 date: "%dd.%mm.%YYYY" is not a pattern of %-letters; did you mean "%d.%m.%Y"?',
    '{{ now | date: "%F %T" }}':
      '1:16 date: "%F %T" is not a pattern of %-letters; did you mean "%Y-%m-%d %H:%M:%S"?',
    '{{ now | date: "%x %X" }}':
      '1:16 date: "%x %X" is not a pattern of %-letters; for the date as the tenant writes it use day, for the time of day time',
    '{{ deals | where: "open", "true" | size }}':
      '1:27 where: "open" is true or false, not a text; leave out the quotes: where: "open", true',
    '{{ now | date: "%H", "Berlin" }}':
      '1:22 date: "Berlin" is not a time zone; write such as date: "Europe/Berlin"',
    '{{ now | day: "medum" }}':
      '1:15 day: "medum" is not a length of dates (short, medium, long, full); did you mean "medium"?',
    '{{ 1 | money: "Euro" }}':
      '1:15 money: "Euro" is not the code of a currency; did you mean "EUR"?',
    '{{ 1 | money: "€" }}': '1:15 money: "€" is not the code of a currency; did you mean "EUR"?',
    '{{ 1 | money: "points" }}':
      '1:15 money: "points" is not the code of a currency; write such as money: "EUR"',
    '{{ contact.name | truncate: "x" }}':
      '1:29 truncate: "x" is not a whole number from 0; write such as truncate: 2',
    '{{ 1 | plus: "zehn" }}': '1:14 plus: "zehn" is not a number; write such as plus: 10',
    '{{ 1 | number: -2 }}': '1:16 number: -2 is not a whole number from 0; write such as number: 2',
    '{{ deals | where: 1 | size }}':
      '1:19 where: 1 is not the name of a property; write such as where: "name"',
    '{{ deals | concat: "x" | size }}':
      '1:20 concat: "x" is not a list; write such as concat: tickets',
    '{{ contact.name | upcase: "de" }}':
      '1:27 upcase: takes nothing after its colon; leave out "de"',
    '{{ contact.name | replace: "a" }}':
      '1:19 replace: an argument is missing; write it after a colon, such as replace: "text", "text"',
    '{% assign x = 1 | plus: "zehn" %}':
      '1:25 plus: "zehn" is not a number; write such as plus: 10',
  };
  for (const [text, problem] of Object.entries(wrong)) {
    it(`are wrong in ${text}`, async () => {
      expect(await problemsOf(text)).to.deep.equal([problem]);
    });
  }

  for (const text of [
    '{{ contact.createdAt | minus: now }}',
    '{{ contact.createdAt | divided_by: 365 }}',
    '{% assign at = now %}{{ at | plus: 30 }}',
    '{{ deals.first.amount | minus: deals.first.closeDate }}',
    '{% for deal in deals %}{{ deal.closeDate | round }}{% endfor %}',
  ]) {
    it(`are no dates in arithmetic: ${text}`, async () => {
      const [problem, ...others] = await problemsOf(text);
      expect(problem).to.match(
        /^1:\d+ \w+: a date is not a number; for the days since a date write .*\| days, .*\| ago$/u,
      );
      expect(others).to.deep.equal([]);
    });
  }

  it('are numbers when they are cut out of a date', async () => {
    const text = '{% assign year = contact.createdAt | slice: 0, 4 %}{{ year | minus: 1 }}';
    expect(await problemsOf(text)).to.deep.equal([]);
  });

  for (const [pattern, meant] of [
    ['%d.%M.%Y', '%d.%m.%Y'],
    ['%Y-%-M', '%Y-%-m'],
    ['%H:%m', '%H:%M'],
    ['%I:%m %p', '%I:%M %p'],
    ['%d.%m.%Y %H:%M', undefined],
    ['%m', undefined],
    ['%M', undefined],
    ['%d. %B %Y, %l:%M', undefined],
    ['%d.%m. %H', undefined],
  ] as const) {
    it(`are doubted when the month and the minutes are mixed up: ${pattern}`, async () => {
      const text = `{{ now | date: "${pattern}" }}`;
      const parent = await writeSets({ 'own/found.liquid': text });
      const { set, warnings } = await loadTemplateSet({ name: 'own', folders: [parent, PRODUCT] });
      expect(set).not.to.equal(undefined);
      expect(warnings.map(describeProblem)).to.deep.equal(
        meant === undefined
          ? []
          : [
              `1:16 date: in "${pattern}" %M are the minutes, %m is the month; did you mean "${meant}"?`,
            ],
      );
    });
  }

  it('are right where they mean something', async () => {
    const texts = [
      '{{ now | date: "%-d. %B %Y %H:%M", "Europe/Berlin" }}{{ now | date: "%s", 60 }}',
      '{{ now | day: "medium" }}{{ 1 | money: "eur" }}{{ 1 | plus: "10" }}{{ "x" | slice: -1 }}',
      '{{ contact.name | truncate: 10, "" }}{{ contact.name | default: "-", allow_false: true }}',
      '{{ contact.createdAt | days | divided_by: 365 }}{{ contact.fields.X | minus: 1 }}',
      '{{ now | date: "%H" | plus: 1 }}{{ contact.createdAt | size | minus: 1 }}',
      '{{ 1 | money: contact.fields.X }}{{ now | day: contact.fields.X }}{{ now | date: contact.fields.X }}',
    ];
    for (const text of texts) expect(await problemsOf(text), text).to.deep.equal([]);
  });

  it('are checked for every filter that needs one', async () => {
    const needing = Object.entries(FILTERS).filter(([, { arguments: args }]) =>
      args.some(({ optional }) => !optional),
    );
    expect(needing).to.have.length.greaterThan(20);
    for (const [name] of needing) {
      const [problem, ...others] = await problemsOf(`{% assign x = deals | ${name} %}`);
      expect(problem).to.match(
        new RegExp(`^1:23 ${name}: an argument is missing; .*${name}: `, 'u'),
      );
      expect(others).to.deep.equal([]);
    }
  });
});
