import { expect } from 'chai';
import fc from 'fast-check';
import { contact, deal, fullView } from '../support/views.ts';
import { loadText, renderText } from './temporary-sets.ts';
import { BERLIN } from '../support/views.ts';

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
      ],
      ...[
        '%0A',
        '%0D',
        '%20%7C%20',
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
];

describe('a value', () => {
  for (const lineSeparator of ['\n', ' | ', '<br>', '<br />', '|', ' - ', '; ', '\n---\n']) {
    const isHtml = lineSeparator.startsWith('<');
    it(`makes no line with the separator ${JSON.stringify(lineSeparator)}, by whatever template`, async () => {
      const sets = await Promise.all(
        LINES.map(async (line) => ({ line, set: (await loadText(`A\n${line}\nZ`)).set })),
      );
      fc.assert(
        fc.property(fc.constantFrom(...sets), value, value, ({ line, set }, name, title) => {
          const view = fullView({
            contact: contact({ name, title, fields: { [title]: name, [name]: title } }),
            deals: [deal({ name }), deal({ name: title }), deal({ name })],
            visitor: { email: 'a@b.example', ip: null, url: name, host: title },
            caseId: name,
          });
          const rendered = set?.render(view, { ...BERLIN, lineSeparator });
          expect(rendered?.failure, line).to.equal(undefined);
          const text = rendered?.text ?? '';
          const parts = isHtml
            ? text.split(/<\s*\/?\s*br(?![a-z0-9])[^<>]*>?/i)
            : text.toLowerCase().split(lineSeparator);
          expect(parts.length, `${line}: ${text}`).to.be.at.most(3);
          expect(text.replaceAll(lineSeparator, '')).to.not.match(
            /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u,
          );
        }),
        { numRuns: 1500 },
      );
    });
  }

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
      'Jane | Tier: Gold, a b',
    );
    expect(await renderText(line, view)).to.equal('Jane | Tier: Gold, a<BR/>b');
  });

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
