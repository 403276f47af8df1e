import { expect } from 'chai';
import { problemsOf } from '../temporary-sets.ts';

describe('the check of templates', () => {
  it('names line and column, and what was meant', async () => {
    expect(await problemsOf('Hello\n\n  {{ contact.nmae }}')).to.deep.equal([
      '3:6 contact.nmae: unknown word; did you mean "contact.name"?',
    ]);
  });

  it('finds all problems at once', async () => {
    const text = `{{ contact.nmae }}
{% if cmopany %}{{ deals | whre: "open" }}{% endif %}
{{ contact.owner.mail }}`;
    expect(await problemsOf(text)).to.deep.equal([
      '1:4 contact.nmae: unknown word; did you mean "contact.name"?',
      '2:7 cmopany: unknown word; did you mean "company"?',
      '2:28 whre: unknown filter; did you mean "where"?',
      '3:4 contact.owner.mail: unknown word; did you mean "contact.owner.email"?',
    ]);
  });

  describe('knows', () => {
    const fine: Readonly<Record<string, string>> = {
      'every word of the first level': `{{ caseId }}{{ outcome }}{{ now }}{{ moreDeals }}{{ moreTickets }}{{ moreOpenDeals }}{{ moreOpenTickets }}{{ moreOthers }}
        {{ contact.name }}{{ company.name }}{{ deals.size }}{{ tickets.size }}{{ others.size }}
        {{ source.stale }}{{ visitor.host }}{{ tenant.name }}`,
      'any name below fields': '{{ contact.fields.Tier__c }}{{ deals.first.fields["a b"].size }}',
      'first, last and size of lists':
        '{{ deals.first.name }}{{ deals.last.name }}{{ deals.size }}',
      'size of texts': '{{ contact.name.size }}',
      'items by number': '{{ deals[0].name }}{{ deals.1.name }}',
      'pairs of fields':
        '{% for f in contact.fields %}{{ f[0] }}{{ f[1] }}{{ f.first }}{% endfor %}',
      'what filters make of lists': `{% assign open = deals | where: "open" | sort: "closeDate" | reverse %}
        {% for deal in open %}{{ deal.stage }}{% endfor %}
        {% assign d = open | concat: deals | uniq | compact | slice: 0, 2 | first %}{{ d.owner.name }}
        {% assign groups = deals | group_by: "currency" %}
        {% for g in groups %}{{ g.name }}{{ g.items | sum: "amount" }}{{ g.items.first.name }}{% endfor %}
        {% assign t = tickets | find: "priority", "High" %}{{ t.subject }}`,
      'what is assigned later, in a loop':
        '{% for d in deals %}{% if seen %},{% endif %}{{ d.name }}{% assign seen = true %}{% endfor %}',
      'one name for different things':
        '{% assign x = deals | first %}{{ x.name }}{% assign x = tickets | first %}{{ x.subject }}',
      'a name that is nil at first':
        '{% assign x = nil %}{% for d in deals %}{% assign x = d %}{% endfor %}{{ x.amount }}',
      forloop:
        '{% for d in deals %}{{ forloop.index }}{% unless forloop.last %},{% endunless %}{% endfor %}',
      'options of loops':
        '{% for d in deals limit: 2 offset: 1 reversed %}{{ d.name }}{% endfor %}{% for d in deals offset: continue %}{% endfor %}',
      'counters, captures, cycles':
        '{% capture x %}a{% endcapture %}{{ x | upcase }}{% increment n %}{{ n }}{% cycle "a", contact.name %}',
      conditions:
        '{% if contact.kind == "lead" and company == nil or deals == empty %}x{% endif %}{% unless not true %}{% endunless %}',
      'the words as names that are read only later': '{{ contact[outcome] }}',
      'comments and raw text':
        '{% comment %}{{ nmae }}{% endcomment %}{% # {{ nmae }} %}{% raw %}{{ nmae }}{% endraw %}',
      ranges: '{% for i in (1..deals.size) %}{{ i }}{% endfor %}',
      'a default for what is missing': '{{ company.name | default: "-" }}',
      'the default of an object':
        '{% assign o = contact.owner | default: company.owner %}{{ o.name }}',
      'the liquid tag':
        '{% liquid\n  assign x = contact.name\n  # a comment\n  if x\n    echo x | upcase\n  endif\n%}',
    };
    for (const [what, text] of Object.entries(fine)) {
      it(what, async () => {
        expect(await problemsOf(text)).to.deep.equal([]);
      });
    }
  });

  describe('finds a misspelt word in', () => {
    const wrong: Readonly<Record<string, readonly [text: string, ...problems: string[]]>> = {
      "a loop's item": [
        '{% for d in deals %}{{ d.nmae }}{% endfor %}',
        '1:24 d.nmae: unknown word; did you mean "d.name"?',
      ],
      'a loop within a loop': [
        '{% for d in deals %}{% for t in tickets %}{{ t.subjet }}{{ d.stag }}{% endfor %}{% endfor %}',
        '1:46 t.subjet: unknown word; did you mean "t.subject"?',
        '1:60 d.stag: unknown word; did you mean "d.stage"?',
      ],
      'two loops with one name': [
        '{% for x in deals %}{{ x.stage }}{{ x.subject }}{% endfor %}{% for x in tickets %}{{ x.subject }}{{ x.stage }}{% endfor %}',
        '1:37 x.subject: unknown word; did you mean "x.name"? A field of the CRM\'s own is "x.fields.subject"',
        '1:101 x.stage: unknown word; did you mean "x.status"? A field of the CRM\'s own is "x.fields.stage"',
      ],
      'a range before a dot': [
        '{{ (1..dals.size).last }}',
        '1:8 dals: unknown word; did you mean "deals"?',
      ],
      'a loop variable after its loop': [
        '{% for d in deals %}{% endfor %}{{ d.name }}',
        '1:36 d: unknown word; a text needs quotes: "d"; the words are contact, company, deals, tickets, others, moreDeals, moreTickets, moreOpenDeals, moreOpenTickets, moreOthers, source, visitor, caseId, tenant, outcome, now',
      ],
      'an assignment': [
        '{% assign o = contact.owner %}{{ o.nmae }}',
        '1:34 o.nmae: unknown word; did you mean "o.name"?',
      ],
      'what is assigned': [
        '{% assign o = contact.wner %}',
        '1:15 contact.wner: unknown word; did you mean "contact.owner"?',
      ],
      forloop: [
        '{% for d in deals %}{{ forloop.indx }}{% endfor %}',
        '1:24 forloop.indx: unknown word; did you mean "forloop.index"?',
      ],
      'the list of a loop': [
        '{% for d in daels %}{{ d.anything }}{% endfor %}',
        '1:13 daels: unknown word; did you mean "deals"?',
      ],
      'the else of a loop': [
        '{% for d in deals %}{% else %}{{ cmpany.name }}{% endfor %}',
        '1:34 cmpany: unknown word; did you mean "company"?',
      ],
      'conditions of if, elsif and unless': [
        '{% if contact.ttle %}{% elsif contact.titel == "x" %}{% endif %}{% unless contact.cty %}{% endunless %}',
        '1:7 contact.ttle: unknown word; did you mean "contact.title"?',
        '1:31 contact.titel: unknown word; did you mean "contact.title"?',
        '1:75 contact.cty: unknown word; did you mean "contact.city"?',
      ],
      'case and when': [
        '{% case contact.knd %}{% when outcom %}{{ nwo }}{% endcase %}',
        '1:9 contact.knd: unknown word; did you mean "contact.kind"?',
        '1:31 outcom: unknown word; did you mean "outcome"?',
        '1:43 nwo: unknown word; did you mean "now"?',
      ],
      "a filter's argument": [
        '{{ deals.first.amount | money: deals.first.curency }}',
        '1:32 deals.first.curency: unknown word; did you mean "deals.first.currency"?',
      ],
      "a filter's named argument": [
        '{{ contact.name | default: "x", allow_false: moreDeal }}',
        '1:46 moreDeal: unknown word; did you mean "moreDeals"?',
      ],
      'the property that a filter names': [
        '{{ deals | sum: "amuont" }}{% assign x = tickets | where: "prority", "High" %}{{ deals | map: "owner.nme" | join }}',
        '1:17 amuont: unknown word; did you mean "amount"?',
        '1:59 prority: unknown word; did you mean "priority"?',
        '1:95 owner.nme: unknown word; did you mean "name"?',
      ],
      'an item after filters': [
        '{% assign d = deals | where: "open" | sort: "amount" | last %}{{ d.nmae }}',
        '1:66 d.nmae: unknown word; did you mean "d.name"?',
      ],
      'the items of a group': [
        '{% assign groups = deals | group_by: "currency" %}{% for g in groups %}{{ g.item }}{% for d in g.items %}{{ d.nam }}{% endfor %}{% endfor %}',
        '1:75 g.item: unknown word; did you mean "g.items"?',
        '1:109 d.nam: unknown word; did you mean "d.name"?',
      ],
      ranges: [
        '{% for i in (1..dals.size) %}{% endfor %}',
        '1:17 dals: unknown word; did you mean "deals"?',
      ],
      "a loop's options": [
        '{% for d in deals limt: 3 %}{% endfor %}{% for d in deals limit: deals.siz %}{% endfor %}',
        '1:1 limt: no option of a loop; did you mean "limit"?',
        '1:66 deals.siz: unknown word; "deals" is a list: loop over it, or take first, last or size',
      ],
      'the liquid tag': [
        '{% liquid\n  assign x = contact.name\n  echo contact.nmae\n%}',
        '3:8 contact.nmae: unknown word; did you mean "contact.name"?',
      ],
      cycle: [
        '{% cycle contact.nmae, "b" %}',
        '1:10 contact.nmae: unknown word; did you mean "contact.name"?',
      ],
      brackets: [
        '{{ contact["nmae"] }}',
        '1:4 contact.nmae: unknown word; did you mean "contact.name"?',
      ],
      'a name in brackets': [
        '{{ contact[outcom] }}',
        '1:12 outcom: unknown word; did you mean "outcome"?',
      ],
      capture: [
        '{% capture x %}{{ contact.nmae }}{% endcapture %}',
        '1:19 contact.nmae: unknown word; did you mean "contact.name"?',
      ],
    };
    for (const [where, [text, ...expected]] of Object.entries(wrong)) {
      it(where, async () => {
        expect(await problemsOf(text)).to.deep.equal(expected);
      });
    }
  });

  describe('explains', () => {
    const explained: Readonly<Record<string, readonly [text: string, problem: string]>> = {
      'a field of the CRM that is not below fields': [
        '{{ contact.Loyalty_Tier__c }}',
        '1:4 contact.Loyalty_Tier__c: unknown word; did you mean "contact.fields.Loyalty_Tier__c"? The CRM\'s own fields are below "fields"',
      ],
      'another name of a word': [
        '{{ contact.fullName }}',
        '1:4 contact.fullName: unknown word; did you mean "contact.name"? A field of the CRM\'s own is "contact.fields.fullName"',
      ],
      'the beginning of a word': [
        '{{ contact.mobile }}',
        '1:4 contact.mobile: unknown word; did you mean "contact.mobilePhone"? A field of the CRM\'s own is "contact.fields.mobile"',
      ],
      'the end of a word': [
        '{{ company.revenue }}',
        '1:4 company.revenue: unknown word; did you mean "company.annualRevenue"? A field of the CRM\'s own is "company.fields.revenue"',
      ],
      'a word with more behind it': [
        '{{ contact.email_address }}',
        '1:4 contact.email_address: unknown word; did you mean "contact.email"? A field of the CRM\'s own is "contact.fields.email_address"',
      ],
      'a word with what it belongs to': [
        '{{ contact.owner_email }}',
        '1:4 contact.owner_email: unknown word; did you mean "contact.owner.email"? A field of the CRM\'s own is "contact.fields.owner_email"',
      ],
      'a word of another group': [
        '{{ contact.companyName }}',
        '1:4 contact.companyName: unknown word; did you mean "company.name"? A field of the CRM\'s own is "contact.fields.companyName"',
      ],
      'a field of Salesforce with the name of a word': [
        '{{ contact.Email__c }}',
        '1:4 contact.Email__c: unknown word; did you mean "contact.fields.Email__c"? The CRM\'s own fields are below "fields"',
      ],
      'another name without what it belongs to': [
        '{{ mobile }}',
        '1:4 mobile: unknown word; did you mean "contact.mobilePhone"?',
      ],
      'another name of a group': [
        '{{ customer.name }}',
        '1:4 customer: unknown word; did you mean "contact"?',
      ],
      'an item outside of a loop': [
        '{{ deal.name }}',
        '1:4 deal: unknown word; an item of "deals" stands in a loop: {% for deal in deals %} … {% endfor %}',
      ],
      'an item outside of a loop, alone': [
        '{% if ticket %}x{% endif %}',
        '1:7 ticket: unknown word; an item of "tickets" stands in a loop: {% for ticket in tickets %} … {% endfor %}',
      ],
      'an item by another name outside of a loop': [
        '{{ opportunity.stage }}',
        '1:4 opportunity: unknown word; an item of "deals" stands in a loop: {% for deal in deals %} … {% endfor %}',
      ],
      'a sum of items': [
        '{{ deals | sum }}',
        '1:12 sum: the items are no numbers; name the property: sum: "amount"',
      ],
      'a sum of texts': [
        '{{ deals | sum: "name" }}',
        '1:17 sum: "name" is not a number; name the property: sum: "amount"',
      ],
      'a sum of items without a number': [
        '{{ tickets | sum }}',
        '1:14 sum: the items are no numbers; size counts the items; a field of the CRM is such as sum: "fields.NAME"',
      ],
      'items that are joined': [
        '{{ tickets | join: ", " }}',
        '1:20 join: the items are no texts; take a property of each: map: "subject" | join',
      ],
      'an order of items': [
        '{% assign list = deals | sort %}',
        '1:26 sort: the items have no order; name the property: sort: "name"',
      ],
      'a word that belongs to another': [
        '{{ email }}',
        '1:4 email: unknown word; did you mean "contact.email"?',
      ],
      'other capitals': [
        '{{ contact.first_name }}',
        '1:4 contact.first_name: unknown word; did you mean "contact.firstName"?',
      ],
      'a text without quotes': [
        '{% if contact.leadStatus == Won %}x{% endif %}',
        '1:29 Won: unknown word; a text needs quotes: "Won"; the words are contact, company, deals, tickets, others, moreDeals, moreTickets, moreOpenDeals, moreOpenTickets, moreOthers, source, visitor, caseId, tenant, outcome, now',
      ],
      'a list that is not an item': [
        '{{ deals.stage }}',
        '1:4 deals.stage: unknown word; "deals" is a list: loop over it, or take first, last or size, such as "deals.first.stage"',
      ],
      'more after a text': [
        '{{ contact.name.first }}',
        '1:4 contact.name.first: unknown word; "contact.name" is a text: nothing can follow it',
      ],
      'a group that is printed': [
        '{{ contact.owner }}',
        '1:4 contact.owner: a group of words cannot be printed; name one: contact.owner.name, contact.owner.email',
      ],
      'a list that is printed': [
        '{{ deals }}',
        '1:4 deals: a list cannot be printed; loop over it with {% for %}',
      ],
      'fields that are printed': [
        '{{ contact.fields }}',
        '1:4 contact.fields: a group of fields cannot be printed; name one: contact.fields.NAME',
      ],
      'a dot behind fields': [
        '{{ contact.fields. }}',
        '1:4 contact.fields: a group of fields cannot be printed; name one: contact.fields.NAME',
      ],
      'two values in a row': [
        '{{ contact.name contact.title }}',
        '1:17 contact.title: two values with nothing between them; to print both, write {{ a }} {{ b }}; to compare, write a == b',
      ],
      'a comparison without its other side': [
        '{% if contact.name == %}x{% endif %}',
        '1:7 a comparison lacks a value; nothing is written as nil',
      ],
      'a filter that is left out': [
        '{{ deals | sample }}',
        '1:12 sample: unknown filter; use "first"',
      ],
      'a filter like no other': [
        '{{ contact.name | frobnicate }}',
        '1:19 frobnicate: unknown filter; docs/templates.md lists the filters',
      ],
    };
    for (const [what, [text, problem]] of Object.entries(explained)) {
      it(what, async () => {
        expect(await problemsOf(text)).to.deep.equal([problem]);
      });
    }
  });

  describe('of tags', () => {
    const rows: Readonly<Record<string, readonly [text: string, ...problems: string[]]>> = {
      'names all that are unknown': [
        '{% fro d in deals %}\n{% endfro %}{% asign x = 1 %}',
        '1:1 fro: unknown tag; did you mean "for"?',
        '2:1 endfro: unknown tag; did you mean "endfor"?',
        '2:13 asign: unknown tag; did you mean "assign"?',
      ],
      'knows those of pages not': [
        '{% layout "x" %}',
        '1:1 layout: unknown tag; there are assign, for, capture, case, comment, include, render, decrement, increment, cycle, if, raw, unless, break, continue, echo, liquid',
      ],
      'says what is not closed': [
        'a\n{% if contact %}\n{{ contact.name }}',
        '2:1 {% if %} is not closed; put {% endif %} where it ends',
      ],
      'says what is out of place': [
        '{% endif %}',
        '1:1 endif: out of place; there is no open {% if %} here',
      ],
      'says where an output ends': [
        'a {{ contact.name',
        '1:3 the output has no end; put }} where it ends',
      ],
      'says where a tag ends': ['a {% if contact', '1:3 the tag has no end; put %} where it ends'],
      'says how to compare': [
        '{% if contact.kind = "lead" %}x{% endif %}',
        '1:20 a single =; to compare, write ==',
      ],
      'asks for a value': [
        '{{ }}',
        '1:4 there is no value here; put a word, a number or a text in quotes',
      ],
      'asks for a name': [
        '{% render %}',
        '1:10 the name of the partial is missing; write {% render "owner" %}',
      ],
      'takes the second else for an error': [
        '{% if moreDeals %}{% else %}{% else %}{% endif %}',
        '1:1 duplicated else',
      ],
    };
    for (const [what, [text, ...expected]] of Object.entries(rows)) {
      it(what, async () => {
        expect(await problemsOf(text)).to.deep.equal(expected);
      });
    }

    it('refuses a template that is too long, or nested too deep', async () => {
      expect(await problemsOf('x'.repeat(50_001))).to.deep.equal([
        '1:1 longer than 50000 characters',
      ]);
      const deep = '{% if now %}'.repeat(4000);
      const [problem, ...others] = await problemsOf(deep);
      expect(problem).to.match(/the tags stand too deep in each other; close each with its end/);
      expect(others).to.be.empty;
    });
  });

  describe('of partials', () => {
    it('knows what they are given, and the words', async () => {
      const pieces = { 'line.liquid': '{{ label }}: {{ who.name }} {{ source.stale }}' };
      const text = '{% render "line", label: "Owner", who: contact.owner %}';
      expect(await problemsOf(text, pieces)).to.deep.equal([]);
    });

    it('finds what is misspelt in them, in their own file', async () => {
      const pieces = { 'line.liquid': 'x\n{{ who.nmae }}' };
      const text =
        '{% render "line", who: contact.owner %}{% render "line.liquid", who: company.owner %}';
      expect(await problemsOf(text, pieces)).to.deep.equal([
        'line.liquid:2:4 who.nmae: unknown word (called from found.liquid:1:1); did you mean "who.name"?',
      ]);
    });

    it("does not know the caller's names in render, but in include", async () => {
      const pieces = { 'line.liquid': '{{ mine.name }}' };
      const assign = '{% assign mine = contact.owner %}';
      expect(await problemsOf(`${assign}{% render "line" %}`, pieces)).to.deep.equal([
        'line.liquid:1:4 mine: unknown word (called from found.liquid:1:34); give it to the partial: {% render "line", mine: … %}',
      ]);
      expect(await problemsOf(`${assign}{% include "line" %}`, pieces)).to.deep.equal([]);
    });

    for (const tag of ['render', 'include']) {
      it(`says once what ${tag} has to give`, async () => {
        const pieces = { 'line.liquid': '{% if level %}{{ level }}{% endif %}' };
        expect(await problemsOf(`{% ${tag} "line" %}`, pieces)).to.deep.equal([
          `line.liquid:1:7 level: unknown word (called from found.liquid:1:1); give it to the partial: {% ${tag} "line", level: … %}`,
        ]);
      });
    }

    it('takes an item that stands in a partial for one of its arguments', async () => {
      const pieces = { 'line.liquid': '{{ deal.name }}' };
      expect(await problemsOf('{% render "line" %}', pieces)).to.deep.equal([
        'line.liquid:1:4 deal: unknown word (called from found.liquid:1:1); give it to the partial: {% render "line", deal: … %}',
      ]);
    });

    it('knows what an include assigns', async () => {
      const pieces = { 'set.liquid': '{% assign mine = contact.owner %}' };
      expect(await problemsOf('{% include "set" %}{{ mine.nmae }}', pieces)).to.deep.equal([
        '1:23 mine.nmae: unknown word; did you mean "mine.name"?',
      ]);
    });

    it('reports what is misspelt in an include in its own file', async () => {
      const pieces = { 'line.liquid': '\n{{ contact.nmae }}' };
      expect(await problemsOf('{% include "line" %}', pieces)).to.deep.equal([
        'line.liquid:2:4 contact.nmae: unknown word (called from found.liquid:1:1); did you mean "contact.name"?',
      ]);
    });

    it('follows items with "for … as" and "with … as"', async () => {
      const pieces = { 'line.liquid': '{{ deal.nmae }}{{ forloop.index }}' };
      expect(await problemsOf('{% render "line" for deals as deal %}', pieces)).to.deep.equal([
        'line.liquid:1:4 deal.nmae: unknown word (called from found.liquid:1:1); did you mean "deal.name"?',
      ]);
      const one = { 'line.liquid': '{{ deal.nmae }}' };
      expect(await problemsOf('{% render "line" with deals[0] as deal %}', one)).to.have.length(1);
    });

    it('asks for a name of the items', async () => {
      const pieces = { 'line.liquid': 'x' };
      expect(await problemsOf('{% render "line" for deals %}', pieces)).to.deep.equal([
        '1:1 the partial gets no name for the items; write for deals as NAME',
      ]);
    });

    it('checks the values they are given', async () => {
      const pieces = { 'line.liquid': '{{ who }}' };
      expect(await problemsOf('{% render "line", who: contact.nmae %}', pieces)).to.deep.equal([
        '1:24 contact.nmae: unknown word; did you mean "contact.name"?',
      ]);
    });

    it('finds a misspelt argument', async () => {
      const pieces = { 'line.liquid': '{{ label }}' };
      expect(await problemsOf('{% render "line", lable: "x" %}', pieces)).to.deep.equal([
        '1:19 lable: the partial does not use this; did you mean "label"?',
      ]);
    });

    it('allows an argument to be left out that has a default', async () => {
      const pieces = { 'line.liquid': '{{ label | default: "Owner" }}' };
      expect(await problemsOf('{% render "line" %}', pieces)).to.deep.equal([]);
    });

    it('allows an argument that other calls give', async () => {
      const pieces = { 'line.liquid': '{% if label %}{{ label }}{% endif %}' };
      const text = '{% render "line" %}{% render "line", label: "x" %}';
      expect(await problemsOf(text, pieces)).to.deep.equal([]);
    });

    it('follows partials within partials', async () => {
      const pieces = {
        'outer.liquid': '{% render "inner", person: who %}',
        'inner.liquid': '{{ person.nmae }}',
      };
      expect(await problemsOf('{% render "outer", who: contact %}', pieces)).to.deep.equal([
        'inner.liquid:1:4 person.nmae: unknown word (called from found.liquid:1:1); did you mean "person.name"?',
      ]);
    });

    it('ends with partials that call themselves', async () => {
      const pieces = {
        'a.liquid': '{% render "b" %}',
        'b.liquid': '{% render "a" %}{% include "b" %}',
      };
      expect(await problemsOf('{% render "a" %}', pieces)).to.deep.equal([]);
    });

    it('knows all that exist', async () => {
      const [problem] = await problemsOf('{% render "footr" %}');
      expect(problem).to.equal('1:1 footr: there is no such partial; did you mean "footer"?');
    });

    it('does not find what is outside of the set', async () => {
      for (const name of ['../default/found', '/etc/passwd', './footer', 'found', '__proto__']) {
        const [problem] = await problemsOf(`{% render "${name}" %}`);
        expect(problem).to.contain(`${name}: there is no such partial`);
      }
    });

    it('wants their names as texts', async () => {
      const expected = [
        '1:1 the name of a partial must be a text in quotes; write {% render "owner" %}',
      ];
      expect(await problemsOf('{% render headline %}')).to.deep.equal([
        '1:1 the name of a partial must be a text in quotes; write {% render "headline" %}',
      ]);
      expect(await problemsOf('{% render "a{{ outcome }}" %}')).to.deep.equal(expected);
    });

    it('reads all of them, also those that are not called', async () => {
      expect(await problemsOf('x', { 'piece.liquid': '{% if %}' })).to.deep.equal([
        'piece.liquid:1:6 there is no value here; put a word, a number or a text in quotes',
      ]);
    });
  });
});
