import { expect } from 'chai';
import type { CrmRequest } from '../../src/connector/index.ts';
import { spanAttributes, stepDetails, errorType } from '../../src/telemetry/span-attributes.ts';

const request = (more: Partial<CrmRequest>): { readonly request: CrmRequest } => ({
  request: { operation: 'read', status: 200, ms: 1, ...more },
});

describe('spanAttributes', () => {
  it('takes from a connector only what looks like an operation and an id', () => {
    for (const hostile of ['jane@acme.example', 'a\nb', '', 'x'.repeat(65), 'jane doe?']) {
      const attributes = spanAttributes(request({ operation: hostile, correlationId: hostile }));
      expect(attributes['crm_bridge.crm.operation'], hostile).to.equal('other');
      expect(attributes['crm_bridge.crm.correlation_id'], hostile).to.equal(undefined);
    }
    const id = '0ec7fe77d8aff85d3d837b2c2c6acb77';
    const attributes = spanAttributes(request({ correlationId: id }));
    expect(attributes).to.include({
      'crm_bridge.crm.operation': 'read',
      'crm_bridge.crm.correlation_id': id,
      'http.response.status_code': 200,
    });
  });

  it('has no HTTP status when there was none', () => {
    const attributes = spanAttributes(request({ status: 'timeout' }));
    expect(attributes['http.response.status_code']).to.equal(undefined);
    const ofFile = spanAttributes(request({ status: 'ok' }));
    expect(ofFile['http.response.status_code']).to.equal(undefined);
    expect(ofFile['error.type']).to.equal(undefined);
    expect(attributes['error.type']).to.equal('timeout');
  });
});

describe('errorType', () => {
  it('is the status of a refused request to a CRM, except 404, which means an unknown person', () => {
    const ofStatus = (status: CrmRequest['status']) => errorType(request({ status }));
    expect([200, 304, 404].map(ofStatus)).to.deep.equal([undefined, undefined, undefined]);
    expect(([401, 429, 503, 'aborted', 'error'] as const).map(ofStatus)).to.deep.equal([
      '401',
      '429',
      '503',
      'aborted',
      'error',
    ]);
  });

  it('of a request to the bridge is its status from 500 on, or that no CRM answered', () => {
    expect(errorType({ outcome: 'unauthorized', status: 401 })).to.equal(undefined);
    expect(errorType({ outcome: 'draining', status: 503 })).to.equal('503');
    expect(errorType({ outcome: 'unavailable', status: 200 })).to.equal('unavailable');
  });
});

describe('stepDetails', () => {
  it('shows status and operation in the same words as metrics do', () => {
    expect(stepDetails(request({ status: 'aborted', operation: 'a b' }))).to.include({
      operation: 'a b',
      status: 'aborted',
    });
  });
});
