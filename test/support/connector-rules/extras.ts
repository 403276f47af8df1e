/** What a connector may offer beside lookups. */
import { expect } from 'chai';
import { plainCompany } from '../connector-answers.ts';
import { NotOffered, rule, type Rule } from './rule.ts';
import { discreet, find, never, open } from './use.ts';

export const extras: readonly Rule[] = [
  rule('a company is found by its exact domain only', async (it) => {
    const { companyDomain, unknownDomain } = it;
    if (!companyDomain) throw new NotOffered();
    await open(it, async (connector) => {
      if (!connector.findCompany) throw new NotOffered();
      const { domain } = companyDomain;
      const company = await connector.findCompany(domain, { signal: never() });
      expect(company?.name).to.equal(companyDomain.name);
      plainCompany(company);
      const others = [`www.${domain}`, `not${domain}`, `${domain}.evil.example`, domain.slice(1)];
      for (const other of [...others, unknownDomain ?? 'unknown-company.example'])
        expect(await connector.findCompany(other, { signal: never() }), other).to.be.undefined;
    });
  }),

  rule('a check reports its findings, without personal data', async (it) => {
    await open(it, async (connector) => {
      if (!connector.check) throw new NotOffered();
      const findings = await connector.check({ signal: AbortSignal.timeout(30_000) });
      expect(findings, 'findings').to.not.be.empty;
      for (const finding of findings) {
        expect(finding.level).to.be.oneOf(['ok', 'warning', 'error']);
        expect(finding.message).to.be.a('string').and.not.equal('');
        discreet(finding.message, it);
      }
      const levels = findings.map((finding) => finding.level);
      expect(levels, 'levels of a working CRM').to.not.include('error');
    });
  }),

  rule('the quota is unknown, or two numbers', async (it) => {
    await open(it, async (connector) => {
      await find(connector, it.known.email);
      const quota = connector.quota?.();
      if (quota === undefined) return;
      expect(quota.used, 'used').to.be.a('number').and.at.least(0);
      expect(quota.limit, 'limit').to.be.a('number').and.greaterThan(0);
      if (quota.resetsAt !== undefined) expect(quota.resetsAt).to.be.greaterThan(1.6e12);
    });
  }),
];
