import { expect } from 'chai';
import type { TenantConfiguration } from '../../src/config/configuration.ts';
import type { LimitOptions } from '../../src/limits/limiter.ts';
import { createMemoryLimiter } from '../../src/limits/memory-limiter.ts';
import { createTenant } from '../../src/bridge/tenant.ts';
import { SYSTEM_CLOCK } from '../../src/model/clock.ts';

describe('a tenant', () => {
  it('takes little memory until it is asked: there may be thousands', () => {
    const configuration = {
      id: 'acme',
      connections: [],
      rateLimit: { requests: 600, per: 60_000 },
      ignoreEmails: [],
      allowFrom: [],
    } as unknown as TenantConfiguration;
    const surroundings = {
      publicMailDomains: [],
      connections: new Map(),
      clock: SYSTEM_CLOCK,
      createLimiter: (_name: string, limit: LimitOptions) => createMemoryLimiter(limit),
    };
    const before = process.memoryUsage().heapUsed;
    const tenants = Array.from({ length: 500 }, () =>
      createTenant(configuration, surroundings, undefined),
    );
    expect(process.memoryUsage().heapUsed - before).to.be.below(100_000_000);
    expect(tenants).to.have.length(500);
  });
});
