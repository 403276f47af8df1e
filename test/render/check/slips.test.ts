import { expect } from 'chai';
import { problemsOf, renderText } from '../temporary-sets.ts';

describe('what people write who know another language', () => {
  const slips: Readonly<Record<string, readonly string[]>> = {
    '{% if contact.title %}a{% else if contact.name %}b{% endif %}': ['1:27 else if; write elsif'],
    '{% if contact.title %}a{% elseif contact.name %}b{% endif %}': [
      '1:24 elseif: unknown tag; did you mean "elsif"?',
    ],
    '{% if contact.title %}a{% elif contact.name %}b{% endif %}': [
      '1:24 elif: unknown tag; write elsif',
    ],
    '{% if contact.name | size > 3 %}a{% endif %}': [
      '1:20 a filter within a comparison; assign it first: {% assign length = contact.name | size %}, then {% if length > 3 %}',
    ],
    '{% if contact.title and contact.name | upcase == "A" %}a{% endif %}': [
      '1:38 a filter within a comparison; assign it first: {% assign length = contact.name | size %}, then {% if length > 3 %}',
    ],
    '{% if contact.title && contact.name %}a{% endif %}': ['1:21 no such comparison; write and'],
    '{% if contact.title || contact.name %}a{% endif %}': ['1:21 no such comparison; write or'],
    '{% if contact.title == "x" || contact.city == "y" %}a{% endif %}': [
      '1:28 no such comparison; write or',
    ],
    '{{ contact.createdAt | date: %d.%m.%Y }}': ['1:30 a pattern without quotes; write "%d.%m.%Y"'],
    '{{ contact.createdAt | date: %d.%m. %H:%M | append: "x" }}': [
      '1:30 a pattern without quotes; write "%d.%m. %H:%M"',
    ],
    '{{ contact.fields.Support plan }}': ['1:11 a name with blanks; write .fields["Support plan"]'],
    '{{ contact.fields.Größe über alles | upcase }}': [
      '1:11 a name with blanks; write .fields["Größe über alles"]',
    ],
    '{% for d in deals %}{% unless loop.last %}, {% endunless %}{% endfor %}': [
      '1:31 another name here; write forloop.last',
    ],
    '{% if "a" in contact.name %}a{% endif %}': [
      '1:11 no such comparison; write contains, the list or text first: contact.title contains "Manager"',
    ],
    '{% if contact.lastActivityAt > 7 days %}a{% endif %}': [
      '1:32 a span of time; assign the days first: {% assign days = contact.lastActivityAt | days %}, then {% if days > 7 %}',
    ],
    '{% if !contact.title %}a{% endif %}': ['1:7 no such comparison; write not, or {% unless … %}'],
    '{% if contact.title AND contact.name %}a{% endif %}': ['1:21 no such comparison; write and'],
    '{% if contact.kind == “lead” %}a{% endif %}': [
      '1:23 curly quotes; write straight ones: "text"',
    ],
    '{{ contact.title | default: „-“ }}': ['1:29 curly quotes; write straight ones: "text"'],
    '{{ contact.title | default: ’-’ }}': ['1:29 curly quotes; write straight ones: "text"'],
    'a {{ contact.name }\nb {{ contact.title }}': [
      '1:19 the end is not that of its beginning; {{ ends with }}, {% ends with %}',
    ],
    '{% if contact.title }a{% endif %}': [
      '1:21 the end is not that of its beginning; {{ ends with }}, {% ends with %}',
    ],
    '{% if contact.title %}a{% endif': ['1:24 the tag has no end; put %} where it ends'],
    '{{ contact.name %}': ['1:1 the output has no end; put }} where it ends'],
    '{% contact.name }}': ['1:1 the tag has no end; put %} where it ends'],
    '{{ contact.name | upper }}': ['1:19 upper: unknown filter; write upcase'],
    '{{ contact.name | toUpperCase }}': ['1:19 toUpperCase: unknown filter; write upcase'],
    '{{ contact.name | lower }}{{ contact.name | length }}{{ deals | count }}{{ now | strftime: "%Y" }}{{ now | formatDate }}{{ contact.name | trim }}{{ contact.name | title }}':
      [
        '1:19 lower: unknown filter; write downcase',
        '1:45 length: unknown filter; write size',
        '1:65 count: unknown filter; write size',
        '1:82 strftime: unknown filter; write date',
        '1:108 formatDate: unknown filter; write date',
        '1:139 trim: unknown filter; write strip',
        '1:164 title: unknown filter; write capitalize',
      ],
    '{{#if contact.title}}a{{/if}}': [
      '1:3 a tag stands in {% … %}; write {% if contact.title %}',
      '1:25 a tag stands in {% … %}; write {% endif %}',
    ],
    '{{#each deals}}a{{/each}}': [
      '1:3 a tag stands in {% … %}; write {% for item in deals %}',
      '1:19 a tag stands in {% … %}; write {% endfor %}',
    ],
    '{{ if contact.title }}a{{ endif }}': [
      '1:4 a tag stands in {% … %}; write {% if contact.title %}',
      '1:27 a tag stands in {% … %}; write {% endif %}',
    ],
    '{{ if contact.title }}a{{ end }}': [
      '1:4 a tag stands in {% … %}; write {% if contact.title %}',
      '1:27 a tag stands in {% … %}; write {% endif %}',
    ],
    '{% if contact.kind = "lead" %}x{% endif %}': ['1:20 a single =; to compare, write =='],
    '{% for d in deals %}{{ d.name }}': [
      '1:1 {% for %} is not closed; put {% endfor %} where it ends',
    ],
    '{% for d in deals %}{{ d.name }}{% endif %}': [
      '1:33 endif: out of place; there is no open {% if %} here',
    ],
    '{% if contact.kind === "lead" %}x{% endif %}': ['1:20 no such comparison; write =='],
    '{% if contact.title is empty %}x{% endif %}': ['1:21 no such comparison; write =='],
    '{% set x = 1 %}': ['1:1 set: unknown tag; write assign'],
    '{% foreach deals as d %}': ['1:1 foreach: unknown tag; write for'],
    '{% for deal of deals %}a{% endfor %}': ['1:1 no loop; write {% for deal in deals %}'],
    '{% for deals as deal %}a{% endfor %}': ['1:1 no loop; write {% for deal in deals %}'],
    '{% if (contact.title or contact.name) and company %}a{% endif %}': [
      '1:7 brackets; put one {% if %} into another; "and" and "or" are read from right to left',
    ],
    '{{ contact.title ?? "x" }}': ['1:18 no arithmetic with signs; write a filter: | default: …'],
    '{{ contact.title || "x" }}': ['1:18 no arithmetic with signs; write a filter: | default: …'],
    '{{ contact.title ? "a" : "b" }}': [
      '1:18 no question in an output; write {% if … %}a{% else %}b{% endif %}',
    ],
    '{{ "a" + "b" }}': [
      '1:8 no arithmetic with signs; write a filter: | plus: … for numbers, | append: … for texts',
    ],
    '{{ deals.size + 1 }}': [
      '1:15 no arithmetic with signs; write a filter: | plus: … for numbers, | append: … for texts',
    ],
    '{{ deals.length }}': [
      '1:4 deals.length: unknown word; "deals" is a list: loop over it, or take first, last or size',
    ],
    '{{ contact.name.toUpperCase() }}': ['1:16 a function with brackets; write | upcase'],
    '{{ contact.firstName ~ contact.lastName }}': [
      '1:22 no arithmetic with signs; write a filter: | append: …',
    ],
    '{{ contact.name | default("x") }}': ['1:17 a function with brackets; write | default: …'],
    '{{ contact.name | truncate(10) }}': ['1:17 a function with brackets; write | truncate: …'],
    '{{ contact.name | default "x" }}': [
      '1:27 cannot read on here; what a filter needs comes after a colon, the next filter after |',
    ],
    '{{ $contact.name }}': ['1:4 no such sign in a word; write contact.name'],
    '{{ contact->name }}': ['1:11 no such sign in a word; write contact.name'],
    '{{ contact.fields.Support Plan }}': ['1:11 a name with blanks; write .fields["Support Plan"]'],
    '{% include footer %}': [
      '1:1 the name of a partial must be a text in quotes; write {% include "footer" %}',
    ],
    '{% render footer %}': [
      '1:1 the name of a partial must be a text in quotes; write {% render "footer" %}',
    ],
    '{{ contact.name && contact.title }}': [
      '1:17 no choice in an output; to print both, write {{ a }} {{ b }}; to ask for both, {% if a and b %}',
    ],
    '{{ contact.title or "x" }}': ['1:18 no choice in an output; write | default: …'],
    '{{ contact.name, contact.title }}': ['1:16 a comma; to print both, write {{ a }}, {{ b }}'],
    '{{ contact.\u200bname }}': [
      '1:12 an invisible character; delete what stands here and type it again',
    ],
    '{{ deals(0).name }}': ['1:4 round brackets; write deals[0]'],
    '{{ now | date: %d.%m }}': ['1:16 a pattern without quotes; write "%d.%m"'],
    "{{ contact.fields['a' }}": ['1:22 a bracket is not closed; put ] where it ends'],
    '{{ contact.name | default: "a }}': [
      '1:1 the output has no end; put }} where it ends; a text has a quote at both ends',
    ],
    '{% if contact.name == "a %}x{% endif %}': ['1:23 a quote is missing; a text has two: "text"'],
    '{% assign x = "a" | append: \'b %}': ['1:29 a quote is missing; a text has two: "text"'],
    '{% if deals.size => 3 %}x{% endif %}': ['1:18 no such comparison; write >='],
    '{% if 1 < deals.size < 3 %}x{% endif %}': ['1:9 two comparisons; write a < b and b < c'],
    '{% if contact.title contains "a" or "b" %}x{% endif %}': [
      '1:34 a text alone is always true; write the comparison again: contact.title == "A" or contact.title == "B"',
    ],
    '{% if contact.title == "a", "b" %}x{% endif %}': [
      '1:27 a comma; write the comparison again: contact.title == "A" or contact.title == "B"',
    ],
    '{% for d in deals | where: "open" %}x{% endfor %}': [
      '1:19 a filter within a loop; assign it first: {% assign list = deals | where: "open" %}, then {% for deal in list %}',
    ],
    '{% for d in deals limit=3 %}x{% endfor %}': ['1:19 a single =; write limit: …'],
    '{% render "deal", deal=deals.first %}': ['1:19 a single =; write deal: …'],
    '{% total = 1 %}': ['1:4 no assignment; write {% assign total = … %}'],
    '{% for d in deals %}{% if d.open %}x{% endfor %}': [
      '1:37 endfor: out of place; no {% for %} is open here, or a tag within it lacks its end',
    ],
    '{% liquid\n if contact.name\n echo "x"\n%}': [
      '2:2 {% if %} is not closed; put endif where it ends',
    ],
    '{% %}': ['1:4 a tag without a name; write such as {% if contact.name %}'],
    '{# a note #}<!-- a note -->': [
      '1:1 agents would read this; a comment is {% # … %}',
      '1:13 agents would read this; a comment is {% # … %}',
    ],
    '{{ contact.company }}': ['1:4 contact.company: unknown word; did you mean "company" alone?'],
    '{{ account.name }}': ['1:4 account: unknown word; did you mean "company"?'],
    '{% switch contact.kind %}{% endswitch %}': [
      '1:1 switch: unknown tag; write case',
      '1:26 endswitch: unknown tag; write endcase',
    ],
    '{% else %}': ['1:1 else: out of place; there is no open tag here that it could belong to'],
    '{% end %}': [
      '1:1 end: unknown tag; write the whole name, such as {% endif %} or {% endfor %}',
    ],
    '{% if contact.title %}x{% end %}': [
      '1:24 end: unknown tag; write the whole name, such as {% endif %} or {% endfor %}',
    ],
    '${contact.name}': ['1:2 these signs mean nothing here; write {{ contact.name }}'],
    '{contact.name}': ['1:1 these signs mean nothing here; write {{ contact.name }}'],
    '[[contact.name]]': ['1:1 these signs mean nothing here; write {{ contact.name }}'],
    '{{{contact.name}}}': ['1:3 three braces; two are enough: {{ contact.name }}'],
    '<%= contact.name %>': ['1:1 these signs mean nothing here; write {{ contact.name }}'],
    '%contact.name%': ['1:1 these signs mean nothing here; write {{ contact.name }}'],
    '{! contact.name }': ['1:1 these signs mean nothing here; write {{ contact.name }}'],
    '{!Contact.Name}': ['1:1 these signs mean nothing here; write {{ Contact.Name }}'],
    '{ { contact.name } }': ['1:3 these signs mean nothing here; write {{ contact.name }}'],
    '{{ contact.name }} {% endif %}': ['1:20 endif: out of place; there is no open {% if %} here'],
    '{% if contact.amount >= 10,5 %}x{% endif %}': [
      '1:25 a comma in a number; write a point: 10.5',
    ],
    '{{ contact[fields].x }}': ['1:12 fields: unknown word; did you mean "contact.fields"?'],
    '{{ deals[0]name }}': [
      '1:4 deals[0]: a group of words cannot be printed; name one: deals[0].id, deals[0].name, deals[0].stage, deals[0].pipeline, deals[0].amount, deals[0].currency, deals[0].closeDate, deals[0].open, deals[0].won, deals[0].probability, deals[0].url, deals[0].owner, deals[0].fields',
      '1:12 name: unknown word; did you mean "contact.name"?',
      '1:12 name: two values with nothing between them; to print both, write {{ a }} {{ b }}; to compare, write a == b',
    ],
    '{{ contact.Name }}': ['1:4 contact.Name: unknown word; did you mean "contact.name"?'],
    '{{ Contact.Name }}': ['1:4 Contact: unknown word; did you mean "contact"?'],
    '{{ contact.fields."Support Plan" }}': [
      '1:11 a name with blanks; write .fields["Support plan"]',
    ],
    '{% assign x == 1 %}': ['1:13 no assignment; write {% assign name = value %}'],
    '{% assign x 1 %}': ['1:13 no assignment; write {% assign name = value %}'],
    '{% assign x: 1 %}': ['1:12 no assignment; write {% assign name = value %}'],
    '{% capture %}x{% endcapture %}': ['1:11 the name is missing; write {% capture name %}'],
    '{% if %}x{% endif %}': [
      '1:6 there is no value here; put a word, a number or a text in quotes',
    ],
    '{% case contact.kind %}{% case "lead" %}x{% endcase %}': [
      '1:1 {% case %} is not closed; put {% endcase %} where it ends',
    ],
    '{% if contact.title %}{% if contact.name %}x{% endif %}': [
      '1:1 {% if %} is not closed; put {% endif %} where it ends',
    ],
  };
  for (const [text, problems] of Object.entries(slips)) {
    it(`is explained: ${text}`, async () => {
      expect(await problemsOf(text)).to.deep.equal(problems);
    });
  }

  it('is found all at once', async () => {
    const problems = await problemsOf(
      '{% if a && b %}{% else if c %}{% endif %}\n{#if}{{ x || y }}',
    );
    expect(problems.map((problem) => problem.split(' ')[0])).to.deep.equal(['1:9', '1:19', '2:11']);
  });

  it('is no slip in a text, a comment, raw text, or as it is meant', async () => {
    const rows: Readonly<Record<string, string>> = {
      '{{ "a && b || !c = “d” (e) } + f" }}': 'a && b || !c = “d” (e) } + f',
      'x{% comment %}{{ a && b }} {contact.name}{% endcomment %}{% # don’t = %}': 'x',
      '{% raw %}{{ a && b }}{% endraw %}': '{{ a && b }}',
      '“quoted” 100 % + {x} [[y]] <b> a = b': '“quoted” 100 % + {x} [[y]] <b> a = b',
      'x{%- liquid\n # it’s a - b\n assign x = 1\n echo x -%}': 'x1',
      '{% if contact.kind != "lead" and deals.size >= 2 %}y{% endif %}': 'y',
      '{% for i in (1..3) %}{{- i -}}{%- endfor -%}': '123',
      '{% if contact.name | size %}y{% endif %}': 'y',
      '{{ -3 | plus: -2 }}': '-5',
      '{{ "it\'s {# a <!-- " | append: \'5", 6\' }}': 'it\'s {# a <!-- 5", 6',
      '{% assign x = "5\\"" %}{{ x }}': '5"',
      "{% liquid\n comment\n it was, don't\n endcomment\n echo 1 %}": '1',
      '{% if deals.size > 1 and deals.size < 9 or 1 > 2 %}y{% endif %}': 'y',
      '{% if contact.name | default: "a", allow_false: true %}y{% endif %}': 'y',
      '{% if "a" == contact.name or contact.title %}y{% endif %}': 'y',
      '{% case contact.kind %}{% when "lead" or "contact" %}y{% endcase %}': 'y',
      '{% render "sums", deals: deals %}': 'EUR 134,000.50 + USD 1,200',
      '{{ contact.kind == "contact" }}': 'true',
      '{{ contact.fields["Support Plan"] | default: "-" }}': '-',
      '{% if contact.fields.Plan contains "a" or contact.fields.Plan and now %}y{% endif %}x': 'x',
      '{% for i in contact.fields.Plan reversed limit: 3 %}{{ i }}{% endfor %}x': 'x',
      '{% for i in contact.fields.Plan limit: 3 offset: 1 %}{{ i }}{% endfor %}x': 'x',
    };
    for (const [text, printed] of Object.entries(rows)) {
      expect(await renderText(text), text).to.equal(printed);
    }
  });

  it('takes no longer with a text that was made to be searched long', async () => {
    for (const part of [
      '{% comment %}',
      '{% raw %}',
      '{{',
      '{%',
      '{contact.',
      '[[ ',
      '|a',
      '{% # ',
      '{# ',
      '<!-- ',
      '{% if a < b %}',
    ]) {
      const text = part.repeat(Math.floor(99_000 / part.length));
      expect((await problemsOf(text)).length).to.be.lessThan(3);
    }
  });
});
