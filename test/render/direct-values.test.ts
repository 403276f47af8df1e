import { expect } from 'chai';
import { Liquid } from 'liquidjs';
import { BERLIN, fullView } from '../support/views.ts';
import { loadText } from './temporary-sets.ts';

describe('words that are read without generators', () => {
  const view = fullView({
    deals: fullView().deals.map((deal) => ({ ...deal, fields: { 'a b': 1 } })),
  });
  for (const text of [
    '{{ contact.owner.name }}{{ contact["name"] }}{{ deals[1].name }}{{ deals.first.fields["a b"] }}',
    '{{ deals.size }}{{ contact.name.size }}{{ deals.last.name }}{{ contact.fields.size }}',
    '{{ contact.fields.X.y }}{{ company.owner.name | upcase | append: "!" | size }}',
    '{% for deal in deals %}{{ forloop.index }}{{ deal.name }}{% unless forloop.last %},{% endunless %}{% endfor %}',
    '{% assign deal = deals.last %}{{ deal.name }}{% assign x = deal.won %}{% if x %}won{% endif %}',
    '{% case contact.kind %}{% when "contact" %}c{% else %}l{% endcase %}{% case company.fields.x %}{% when nil %}n{% endcase %}',
    '{% if contact.fields.X == nil and deals.size > 2 %}a{% endif %}{% unless moreDeals %}b{% endunless %}',
    '{{ deals | map: "name" | join: ", " }}{% capture c %}{{ contact.city }}{% endcapture %}{{ c }}',
    '{% for i in (1..deals.size) %}{{ i }}{% endfor %}{{ deals[0][outcome] | default: "-" }}',
    '{% for d in deals %}{% if d.won %}{% continue %}{% endif %}{{ d.name }}{% break %}{% endfor %}',
    '{% if not moreDeals and contact.name contains "Jane" or deals == empty %}a{% endif %}{% if contact.title == blank or 2 >= deals.size %}b{% else %}c{% endif %}',
    '{% assign at = 1 %}{{ deals[at].name }}{{ deals | where: "won", false | first | map: "name" }}{{ contact.city | default: "x", allow_false: true }}',
    '{% capture one %}a{% capture two %}{{ deals.size | plus: 1 | times: deals.size }}{% endcapture %}{{ two }}{% endcapture %}{{ one }}{{ "a,b" | split: "," | join: contact.kind }}',
    '{% for d in deals limit: 2 offset: 1 reversed %}{% if forloop.first %}{{ d.stage | slice: 0, 3 }}{% else %}{{ forloop.length }}{% endif %}{% else %}none{% endfor %}',
    '{{ deals | where: "won" | size }}{{ true }}{{ nil }}{{ "x" | append: nil }}{% increment n %}{{ n }}',
  ]) {
    it(`print the same as liquidjs: ${text.slice(0, 60)}`, async () => {
      const { set } = await loadText(text);
      const { text: own, failure } = set?.render(view, BERLIN) ?? {};
      expect(failure).to.equal(undefined);
      const plain = new Liquid({ ownPropertyOnly: true });
      expect(own).to.equal(await plain.parseAndRender(text, { ...view }));
    });
  }
});
