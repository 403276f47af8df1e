import { expect } from 'chai';
import { PROFILE_WORDS } from '../../src/model/profile-words.ts';
import { wordMeant } from '../../src/model/word-meant.ts';

const words = (section: keyof typeof PROFILE_WORDS) => Object.keys(PROFILE_WORDS[section]);

describe('the word that a name means', () => {
  for (const [section, name, word] of [
    ['contact', 'nmae', 'name'],
    ['contact', 'FIRST_NAME', 'firstName'],
    ['contact', 'fullName', 'name'],
    ['contact', 'surname', 'lastName'],
    ['contact', 'mobile', 'mobilePhone'],
    ['contact', 'telephone', 'phone'],
    ['contact', 'phone_number', 'phone'],
    ['contact', 'email_address', 'email'],
    ['contact', 'status', 'leadStatus'],
    ['company', 'revenue', 'annualRevenue'],
    ['company', 'website', 'domain'],
    ['deal', 'title', 'name'],
    ['deal', 'value', 'amount'],
    ['deal', 'status', 'stage'],
    ['ticket', 'title', 'subject'],
    ['ticket', 'status', 'status'],
    // Either lastName or lastActivityAt.
    ['contact', 'last', undefined],
    ['contact', 'plan', undefined],
    ['contact', '__proto__', undefined],
    ['contact', '', undefined],
  ] as const) {
    it(`${section}: ${name}`, () => {
      expect(wordMeant(name, words(section))).to.equal(word);
    });
  }

  it('is each word itself', () => {
    for (const section of ['contact', 'company', 'deal', 'ticket'] as const) {
      for (const word of words(section)) expect(wordMeant(word, words(section))).to.equal(word);
    }
  });
});
