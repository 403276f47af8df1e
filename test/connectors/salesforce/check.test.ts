import { expect } from 'chai';
import type { CheckResult } from '../../../src/connector/index.ts';
import { CLIENT } from '../../support/salesforce/emulator.ts';
import {
  messageOf,
  never,
  withSalesforce,
  type Opened,
  type OpenOptions,
} from '../../support/salesforce/open.ts';

describe('the check of a salesforce connection', () => {
  it('of an org that is well has nothing but good news', async () => {
    await check({}, (findings) => {
      expect(findings.map(({ level, message }) => `${level}: ${message}`)).to.deep.equal([
        'ok: signed in',
        'ok: API version 67.0 is served',
        'ok: Contact: all 19 fields can be read',
        'ok: Account: all 13 fields can be read',
        'ok: Lead: all 22 fields can be read',
        'ok: Opportunity: all 10 fields can be read',
        'ok: Case: all 9 fields can be read',
        'ok: User: all 10 fields can be read',
        'ok: a lookup works',
        'ok: API calls within 24 hours: 7 of 15000 used',
      ]);
    });
  });

  it('lists the fields that are not there or hidden', async () => {
    const settings = { fields: { contact: ['Nope__c', 'Tier__c'], case: ['Gone__c'] } };
    const emulator = {
      customFields: { Contact: ['Tier__c'] },
      hidden: new Set(['Contact.Phone', 'Account.OwnerId']),
    };
    await check({ settings, emulator }, (findings) => {
      const warnings = findings
        .filter(({ level }) => level === 'warning')
        .map(({ message }) => message);
      expect(warnings.some((text) => /^Contact: .*: Phone, Nope__c \(/.test(text))).to.equal(true);
      expect(warnings.some((text) => /^Case: .*: Gone__c \(/.test(text))).to.equal(true);
      expect(findings.some(({ level }) => level === 'error')).to.equal(false);
    });
  });

  it('names the field that tells converted leads from others, without which leads cannot be read', async () => {
    await check({ emulator: { hidden: new Set(['Lead.IsConverted']) } }, (findings) => {
      const text = findings.map(({ level, message }) => `${level}: ${message}`).join('\n');
      expect(text).to.match(/^error: Lead: .*: IsConverted \(/m);
    });
  });

  it('lists what is hidden behind relationships, the tenant’s own and those to owners', async () => {
    const settings = {
      fields: { contact: ['Region__r.Name', 'Region__r.Code__c'], account: ['Plan__r.Tier__c'] },
    };
    const emulator = {
      lookups: { 'Contact.Region__r': 'Region__c' },
      hidden: new Set(['User.Email']),
    };
    await check({ settings, emulator }, async (findings, { lookup, emulator: org }) => {
      const warnings = findings.flatMap(({ level, message }) => (level === 'ok' ? [] : [message]));
      const hidden = 'not there, or hidden from the Run-As user';
      expect(warnings.map((text) => text.replace(/ \(check.*/, ''))).to.deep.equal([
        `Account: ${hidden}: Plan__r.Tier__c`,
        `User: ${hidden}: Contact.Owner.Email, Account.Owner.Email, Lead.Owner.Email, Opportunity.Owner.Email, Case.Owner.Email`,
        `Region__c: ${hidden}: Contact.Region__r.Code__c`,
      ]);
      const before = org.stats().apiCalls;
      expect((await lookup('jane.doe@acme.example'))?.contact.name).to.equal('Jane Doe');
      expect(org.stats().apiCalls - before, 'what the check has learned').to.equal(1);
    });
  });

  it('lists the objects the user may not read, and how to do without', async () => {
    const unreadable = new Set(['Lead', 'Case']);
    await check({ emulator: { unreadable } }, (findings) => {
      const text = findings.map(({ level, message }) => `${level}: ${message}`).join('\n');
      expect(text).to.contain('warning: Lead: the Run-As user may not read it');
      expect(text).to.contain('fields.case: false');
      expect(text, 'a lookup of a lead').to.contain('error: a lookup fails');
    });
    await check({ emulator: { unreadable: new Set(['Contact']) } }, (findings) => {
      expect(
        findings.some(({ level, message }) => level === 'error' && /^Contact/.test(message)),
      ).to.equal(true);
    });
  });

  it('says which version is the newest when the org does not serve the one that is set', async () => {
    await check({ settings: { apiVersion: '99.0' } }, (findings) => {
      expect(findings.at(-1)).to.deep.equal({
        level: 'error',
        message: 'API version 99.0 is not served by this org; the newest is 68.0: set apiVersion',
      });
    });
  });

  for (const apiDisabled of ['API_DISABLED_FOR_ORG', 'API_CURRENTLY_DISABLED'] as const)
    it(`says once that the user may not use the API: ${apiDisabled}`, async () => {
      await check({ emulator: { apiDisabled } }, (findings) => {
        expect(findings.map(({ level }) => level)).to.deep.equal(['ok', 'ok', 'error']);
        expect(findings.at(-1)?.message).to.contain(apiDisabled).and.contain('lacks "API Enabled"');
      });
    });

  it('fails with the reason when the sign-in is refused', async () => {
    const auth = {
      flow: 'clientCredentials',
      clientId: 'other',
      clientSecret: CLIENT.clientSecret,
    };
    await withSalesforce({ settings: { auth } }, async ({ connector }) => {
      expect(await messageOf(Promise.resolve(connector.check?.({ signal: never() })))).to.contain(
        'the client id is unknown to this org',
      );
    });
  });
});

async function check(
  options: OpenOptions,
  expectations: (findings: readonly CheckResult[], opened: Opened) => void | Promise<void>,
): Promise<void> {
  await withSalesforce(options, async (opened) => {
    await expectations((await opened.connector.check?.({ signal: never() })) ?? [], opened);
  });
}
