import { expect } from 'chai';
import { Liquid } from 'liquidjs';
import { BERLIN, fullView } from '../support/views.ts';
import { loadText } from './temporary-sets.ts';

describe('filters that read items without generators', () => {
  const view = fullView();
  for (const text of [
    '{{ deals | where: "won" | map: "name" | join }}{{ deals | reject: "won" | map: "name" | join }}',
    '{{ deals | where: "won", false | size }}{{ deals | where: "won", nil | size }}{{ deals | reject: "stage", "Closed Won" | size }}',
    '{{ deals | where: "owner.name", contact.owner.name | size }}{% assign word = "owner" | append: ".none" %}{{ deals | where: word | size }}{{ deals | reject: "fields.size", 0 | size }}',
    '{{ deals | where: "fields", empty | size }}{{ deals | where: "name", blank | size }}{% assign word = "fields" | append: "[\'x\']" %}{{ deals | where: word | size }}',
    '{% assign word = "out" | append: "come" %}{{ deals | where: word | size }}{{ deals | where: word, "found" | size }}{% assign none = nil | append: "" %}{{ deals | where: none | size }}',
    '{{ "a,b" | split: "," | where: "size", 1 | join }}{{ contact | where: "kind", "contact" | size }}{{ nil | where: "x" | size }}',
    '{% assign groups = deals | group_by: "stage" %}{% for group in groups %}{{ group.name }}:{{ group.items | map: "name" | join }};{% endfor %}',
    '{% assign groups = deals | group_by: "owner.name" %}{{ groups.size }}{{ contact.fields | group_by: "x" | size }}',
  ]) {
    it(`print the same as liquidjs: ${text.slice(0, 60)}`, async () => {
      const { set, problems } = await loadText(text);
      expect(problems).to.deep.equal([]);
      const { text: own, failure } = set?.render(view, BERLIN) ?? {};
      expect(failure).to.equal(undefined);
      const plain = new Liquid({ ownPropertyOnly: true });
      expect(own).to.equal(await plain.parseAndRender(text, undefined, { globals: { ...view } }));
    });
  }
});
