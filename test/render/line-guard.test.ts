import { expect } from 'chai';
import fc from 'fast-check';
import { contact, deal, fullView } from '../support/views.ts';
import { loadText, renderText } from './temporary-sets.ts';
import { BERLIN } from '../support/views.ts';
import type { TemplateSet } from '../../src/render/template-set.ts';

/** Values of which a separator can be made. */
const value = fc
  .array(
    fc.constantFrom(
      ...Array.from('|;-<>/ '),
      ...[
        'br',
        'BR',
        '<br>',
        '<bR/>',
        '<br ',
        '<b',
        'r>',
        ' | ',
        '| ',
        ' |',
        '||',
        '<BR >',
        '<b<br>r>',
        'X',
        'a',
        '-|-',
        '<p>',
        '</p ><p>',
        '<center>',
        '<!',
        '&',
        '&#',
        '#10;',
        '&NewLine;',
        'Line;',
      ],
      ...[
        '%0A',
        '%0D',
        '%20%7C%20',
        '%20%20',
        '%C2%A0',
        '%26%2310%3B',
        'JiMxMDs=',
        '%3Cbr%3E',
        '%E2%80%A8',
        'DQpUaWVy',
        'PGJyPg==',
        '; ',
        ' ---',
        '---',
      ],
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) => parts.join('').replace(/\s+/g, ' ').trim())
  .filter((text) => text !== '');

/** Ways to print two values in one line. */
const LINES = [
  '{{ contact.name }}{{ contact.title }}',
  '{{ contact.name }} {{ contact.title }}',
  ' {{ contact.name }} ',
  '<{{ contact.name }}>',
  '<b{{ contact.name }}',
  '{{ contact.name }}r>',
  '{{ contact.name | append: contact.title }}',
  '{{ contact.name | prepend: contact.title }}',
  '{{ contact.name | remove: "X" }}',
  '{{ contact.name | replace: "X", "" }}',
  '{{ contact.name | replace: "a", contact.title }}',
  '{{ contact.name | split: "X" | join: "" }}',
  '{{ contact.name | split: "a" | join: contact.title }}',
  '{{ contact.name | split: "" | join: "" }}',
  '{{ deals | map: "name" | join: "" }}',
  '{{ deals | map: "name" | join: " " }}',
  '{{ contact.name | url_decode }}',
  '{{ contact.name | base64_decode }}',
  '{{ contact.name | base64_decode | url_decode }}',
  '{{ contact.name | url_encode | url_decode }}',
  '{{ contact.name | append: contact.title | url_decode }}',
  '{{ contact.name | newline_to_br }}',
  '{{ contact.name | url_decode | newline_to_br }}',
  '{{ contact.name | strip_newlines | squish }}',
  '{{ contact.name | strip_html }}',
  '{{ contact.name | escape }}',
  '{{ contact.name | escape | upcase }}',
  '&{{ contact.name }}',
  '&New{{ contact.name }}',
  '</{{ contact.name }}',
  '{{ "<b" | append: contact.name }}',
  '{{ contact.name | append: " <" | append: contact.title | append: ">" }}',
  '{% capture x %}{{ contact.name }}<i>{{ contact.title }}{% endcapture %}{{ x | remove: "<i>" }}',
  '{{ contact.name | split: "X" | join: "<i>" | remove: "<i>" }}',
  '{{ contact.name | strip_html | append: contact.title | strip_html }}',
  '{{ now | date: contact.name }}',
  '{{ contact.name | downcase }}',
  '{{ contact.name | slice: 1, 20 }}',
  '{{ contact.name | truncate: 9, contact.title }}',
  '{{ contact.fields[contact.title] }}{% for pair in contact.fields %}{{ pair[0] }}{{ pair[1] }}{% endfor %}',
  '{{ visitor.url | url_decode }}',
  '{{ caseId }}{{ visitor.host }}',
  '{% capture x %}{{ contact.name }}{{ contact.title }}{% endcapture %}{{ x }}',
  '{% assign x = contact.name | append: contact.title %}{{ x }}{{ x }}',
  '{% for c in contact.name %}{{ c }}{% endfor %}',
  '{{ contact | json }}',
  '{{ contact.name | split: "X" }}',
  '{{ contact.name | split: "a" | reverse }}',
  '{{ contact.name | split: "a" | compact | uniq | slice: 0, 9 }}',
  '{{ contact.name | split: "a" | upcase }}',
  '{{ contact.name | split: "a" | downcase | capitalize }}',
  '{{ contact.name | append: deals | url_decode }}',
  '{% assign x = contact.name | split: "X" | concat: deals %}{{ x }}',
  '{% assign x = contact.name | split: "a" %}{% capture y %}{{ x }}{% endcapture %}{{ y | upcase }}',
  '{{ deals | map: "name" }}',
  '{% assign x = contact.title | split: "a" %}{{ contact.name | replace: "X", x }}',
  '{{ contact.name | split: "a" | strip_html }}',
  '{{ contact.name | split: "a" | newline_to_br }}',
  '{{ contact.name | split: "a" | array_to_sentence_string }}',
];

/** Separators that people set, and any other. */
const SEPARATORS = [
  ...[
    '\n',
    ' | ',
    '|',
    ' - ',
    '-',
    '; ',
    '||',
    '-|-',
    ' -',
    '  ',
    '\u00a0',
    '< ',
    '\n---\n',
    '\n- ',
    '\t| ',
  ],
  ...['<br>', '<br />', '<BR>\n', '</p><p>', '</div><div>', '|<br>', '<hr/>', '<!-- -->'],
  ...['&#10;', '&NewLine;', ' &#x0A; '],
];
const anySeparator = fc
  .array(fc.constantFrom(...Array.from('|;-<>/ brX\t\n&#'), '<br>', '<p>', ' | '), {
    minLength: 1,
    maxLength: 5,
  })
  .map((parts) => parts.join(''))
  .filter((separator) => separator !== ' ');
const isHtml = (separator: string) => /<[a-z/!?]|&#|&newline;/i.test(separator);

describe('a value', () => {
  const sets = new Map<string, TemplateSet>();
  before(async () => {
    for (const line of LINES) {
      const { set, problems } = await loadText(`0\n${line}\n9`);
      expect(problems, line).to.deep.equal([]);
      if (set !== undefined) sets.set(line, set);
    }
  });

  function render(line: string, lineSeparator: string, name: string, title: string): string {
    const view = fullView({
      contact: contact({ name, title, fields: { [title]: name, [name]: title } }),
      deals: [deal({ name }), deal({ name: title }), deal({ name })],
      visitor: { email: 'a@b.example', ip: null, url: name, host: title },
      caseId: name,
    });
    const rendered = sets.get(line)?.render(view, { ...BERLIN, lineSeparator });
    expect(rendered?.failure, line).to.equal(undefined);
    return rendered?.text ?? '';
  }

  function makesNoLine(line: string, separator: string, name: string, title: string): void {
    const text = render(line, separator, name, title);
    const linesOf = (all: string) => all.toLowerCase().split(separator.toLowerCase()).length;
    // What the template says itself, and JSON has with harmless values too.
    const own = Math.max(linesOf(line) + 2, linesOf(render(line, separator, 'q', 'qq')));
    expect(linesOf(text), `${line}: ${text}`).to.be.at.most(own);
    expect(text.replaceAll(separator, '')).to.not.match(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
    if (!isHtml(separator)) return;
    const rest = text
      .replaceAll(separator, '\n')
      .replace(/<(?:[bi]|\/)(?=[\s/>]|$)|&#3[49];/giu, '');
    expect(rest, line).to.not.match(/<[a-z/!?]|&#|&newline;/i);
  }

  const cases = fc.tuple(fc.constantFrom(...LINES), value, value);
  for (const separator of SEPARATORS) {
    it(`makes no line with the separator ${JSON.stringify(separator)}, by whatever template`, () => {
      fc.assert(
        fc.property(cases, ([line, name, title]) => {
          makesNoLine(line, separator, name, title);
        }),
        { numRuns: 200 },
      );
    });
  }

  it('makes no line with any separator, by whatever template', () => {
    fc.assert(
      fc.property(anySeparator, cases, (separator, [line, name, title]) => {
        makesNoLine(line, separator, name, title);
      }),
      { numRuns: 1000 },
    );
  });

  const view = fullView({
    contact: contact({ name: 'Jane | Tier: Gold', title: 'a<BR/>b' }),
    visitor: { email: null, ip: null, url: 'https://x.example/?a=1%0ATier: Gold', host: null },
  });

  it('loses the separator, and nothing else', async () => {
    const line = '{{ contact.name }}, {{ contact.title }}';
    expect(await renderText(line, view, { lineSeparator: ' | ' })).to.equal(
      'Jane Tier: Gold, a<BR/>b',
    );
    expect(await renderText(line, view, { lineSeparator: '<br>' })).to.equal(
      'Jane | Tier: Gold, a‹BR/>b',
    );
    expect(await renderText(line, view)).to.equal('Jane | Tier: Gold, a<BR/>b');
  });

  const kept: readonly (readonly [separator: string, name: string, printed: string])[] = [
    [
      '\n- ',
      'Anna Smith-Jones - https://crm.example/a-b-c',
      'Anna Smith-Jones - https://crm.example/a-b-c',
    ],
    ['\n> ', 'x -> y', 'x -> y'],
    ['\n• ', 'a • b', 'a • b'],
    [' \t| ', 'a | b', 'a | b'],
    ['<br>', 'Jane <jane@acme.example>, R&D, seats <5', 'Jane ‹jane@acme.example>, R&D, seats ‹5'],
    ['<br>', 'a<br>b', 'a b'],
    ['</p><p>', 'Joe</p ><p>Tier<br>x', 'Joe‹/p >‹p>Tier‹br>x'],
    ['<br>', 'a&#10;b&NewLine;c&#x202e;', 'a＆#10;b＆NewLine;c＆#x202e;'],
    ['\n', 'a<br>b&#10;c', 'a<br>b&#10;c'],
    ['&#10;', 'a&#x0a;b&#010;c&NewLine;d&#10;e<br>', 'a＆#x0a;b＆#010;c＆NewLine;d e‹br>'],
    [' - ', 'Smith -', 'Smith'],
  ];
  for (const [lineSeparator, name, printed] of kept) {
    it(`is shown as ${printed} with ${JSON.stringify(lineSeparator)}`, async () => {
      const shown = await renderText(
        '{{ contact.name }}',
        fullView({ contact: contact({ name }) }),
        {
          lineSeparator,
        },
      );
      expect(shown).to.equal(printed);
    });
  }

  it('can be rid of its tags where lines are of HTML, and be escaped', async () => {
    const style = { lineSeparator: '<br>' };
    const html = fullView({ contact: contact({ name: "<p>O'Brien</p> 1 < 2" }) });
    expect(await renderText('{{ contact.name | strip_html }}', html, style)).to.equal(
      "O'Brien 1 ‹ 2",
    );
    expect(
      await renderText('<b>{{ contact.name | strip_html | escape }}</b>', html, style),
    ).to.equal('<b>O&#39;Brien 1 ‹ 2</b>');
  });

  const parts = 'x, |, ,FORGED';
  const html = 'x,&,#10;,<,br,>y,&,NewLine;,z';
  for (const [template, name, lineSeparator, printed] of [
    ['{{ contact.name | split: "," }}', parts, ' | ', 'xFORGED'],
    ['{{ contact.name | split: "," | upcase }}', parts, ' | ', 'XFORGED'],
    ['{{ contact.name | split: "," | compact | uniq | slice: 0, 4 }}', parts, ' | ', 'xFORGED'],
    ['{{ contact.name | split: "," }}', html, '<br>', 'x＆#10;‹br>y＆NewLine;z'],
    [
      '{% assign x = contact.name | split: "," %}{% capture y %}{{ x }}{% endcapture %}{{ y | upcase }}',
      ...[html, '<br>', 'X＆#10;‹BR>Y＆NEWLINE;Z'],
    ],
  ] as const) {
    it(`makes no line of a list with ${JSON.stringify(lineSeparator)}: ${template}`, async () => {
      const listed = fullView({ contact: contact({ name }) });
      expect(await renderText(template, listed, { lineSeparator })).to.equal(printed);
    });
  }

  it('gets no line break back by url_decode', async () => {
    expect(await renderText('{{ visitor.url | url_decode }}', view)).to.equal(
      'https://x.example/?a=1 Tier: Gold',
    );
  });
});

describe("a template's own text", () => {
  const rows: readonly (readonly [template: string, separator: string, printed: string])[] = [
    ['a | b\nc', ' | ', 'a | b | c'],
    ['a<br>b\nc', '<br>', 'a<br>b<br>c'],
    ['{{ "a,b" | split: "," | join: " | " }}', ' | ', 'a | b'],
    ['{{ contact.city | append: " | " | append: contact.country }}', ' | ', 'Berlin | Germany'],
    ['{% capture x %}a | b\nc{% endcapture %}{{ x }}', ' | ', 'a | b | c'],
    ['{% capture x %}a\nb{% endcapture %}{{ x | newline_to_br }}', ' / ', 'a<br /> / b'],
    ['{{ "a,b" | replace: ",", "\n" }}', '\n', 'a\nb'],
    ['{% capture x %}a\nb{% endcapture %}{{ x | upcase | strip | append: "!" }}', '\n', 'A\nB!'],
  ];
  for (const [template, lineSeparator, printed] of rows) {
    it(`keeps its separators and line breaks: ${JSON.stringify(template)}`, async () => {
      const view = fullView({ contact: contact({ city: 'Berlin', country: 'Germany' }) });
      expect(await renderText(template, view, { lineSeparator })).to.equal(printed);
    });
  }
});
