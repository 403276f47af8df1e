import { expect } from 'chai';
import { samplesOf } from '../../../src/render/check/try-out.ts';
import { OUTCOMES } from '../../../src/render/template-set.ts';

describe('the samples', () => {
  it('are two for each outcome, and only a person that is known has a contact', () => {
    for (const outcome of OUTCOMES) {
      const views = samplesOf(outcome);
      expect(views.map((view) => view.outcome)).to.deep.equal([outcome, outcome]);
      for (const { contact } of views) expect(contact !== null).to.equal(outcome === 'found');
    }
  });
});
