/** What a connector may offer beside lookups. */
import assert from 'node:assert/strict';
import { assertPlainCompany } from './plain-record.ts';
import { NotOffered, required, rule, type Rule } from './rule.ts';
import { assertDiscreet, find, never, open } from './use.ts';

export const extras: readonly Rule[] = [
  rule('a company is found by its exact domain only', async (crm) => {
    const { domain, name } = required(crm, 'companyDomain');
    await open(crm, async (connector) => {
      if (!connector.findCompany) throw new NotOffered('the connector', '`findCompany`');
      const company = await connector.findCompany(domain, { signal: never() });
      assert.equal(company?.name, name);
      assertPlainCompany(company);
      const others = [`www.${domain}`, `not${domain}`, `${domain}.evil.example`, domain.slice(1)];
      for (const other of [...others, crm.unknownDomain ?? 'unknown-company.example'])
        assert.equal(await connector.findCompany(other, { signal: never() }), undefined, other);
    });
  }),

  rule('a check reports its findings, without personal data', async (crm) => {
    await open(crm, async (connector) => {
      if (!connector.check) throw new NotOffered('the connector', '`check`');
      const findings = await connector.check({ signal: AbortSignal.timeout(30_000) });
      assert.ok(findings.length > 0, 'no findings');
      for (const { level, message } of findings) {
        assert.ok(['ok', 'warning'].includes(level), `level ${level} while the CRM works`);
        assert.ok(typeof message === 'string' && message !== '', 'message');
        assertDiscreet(message, crm);
      }
    });
  }),

  rule('the quota is unknown, or two numbers', async (crm) => {
    await open(crm, async (connector) => {
      await find(connector, crm.known.email);
      const quota = connector.quota?.();
      if (quota === undefined) return;
      assert.ok(quota.used >= 0, 'used');
      assert.ok(quota.limit > 0, 'limit');
      if (quota.resetsAt !== undefined)
        assert.ok(quota.resetsAt > 1.6e12, 'resetsAt is in milliseconds since 1970');
    });
  }),
];
