import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { redactedView } from '../../src/config/redacted-view.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { loadTemplateSet } from '../../src/render/load.ts';

const ENV = {
  OPS_KEY: 'ops-key-0123456789',
  ACME_KEY: 'acme-key-0123456789',
  SF_ID: '3MVG9-client-id-0123456789',
  SF_SECRET: 'sf-secret-0123456789',
  REDIS: 'rediss://crm:red1s-passw0rd@redis.example.com:6380/2',
  SHARED_KEY: Buffer.alloc(32, 5).toString('base64'),
  HS_TOKEN: 'pat-eu1-0a1b2c3d-4e5f-6789-abcd-ef0123456789',
};
const YAML = `
ops: { key: "\${OPS_KEY}" }
shared: { url: "\${REDIS}", keys: ["\${SHARED_KEY}"] }
connections:
  sales:
    connector: salesforce
    loginUrl: https://acme.my.salesforce.com
    auth: { flow: clientCredentials, clientId: "\${SF_ID}", clientSecret: "\${SF_SECRET}" }
    fields: { contact: [Loyalty_Tier__c] }
  marketing: { connector: hubspot, accessToken: "\${HS_TOKEN}" }
tenants:
  acme: { keys: ["\${ACME_KEY}", plain-key-987654321], connections: [sales, marketing], deadline: 2s }
`;

describe('the view of the configuration', () => {
  let folder: string;
  let view: Readonly<Record<string, unknown>>;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'crm-bridge-'));
    const file = join(folder, 'bridge.yaml');
    await writeFile(file, YAML);
    const loaded = await loadConfiguration({
      file,
      env: ENV,
      workingDir: folder,
      loadTemplates: loadTemplateSet,
    });
    if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
    view = redactedView(loaded.configuration);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('shows what is in effect, with defaults', () => {
    expect(view).to.have.nested.property('tenants.acme.deadline', 2000);
    expect(view).to.have.nested.property('tenants.acme.strategy', 'first');
    expect(view).to.have.nested.property('server.wrongKeys.attempts', 20);
    expect(view).to.have.nested.property('ops.port', 9090);
    expect(view).to.have.nested.property('connections.sales.connector', 'salesforce');
    const settings = 'connections.sales.settings';
    expect(view).to.have.nested.property(`${settings}.loginUrl`, 'https://acme.my.salesforce.com');
    expect(view).to.have.nested.property(`${settings}.fields.contact[0]`, 'Loyalty_Tier__c');
  });

  it('shows where Redis is, without the user and the password', () => {
    expect(view['shared']).to.deep.equal({
      url: 'rediss://redis.example.com:6380/2',
      keys: '…',
      prefix: 'crm-bridge',
    });
  });

  it('holds no key, no secret and nothing of how a connection signs in', () => {
    const text = JSON.stringify(view);
    for (const value of [...Object.values(ENV), 'plain-key-987654321', 'clientCredentials']) {
      expect(text).not.to.contain(value);
    }
    expect(view).to.have.nested.property('ops.key', '…');
    expect(view).to.have.nested.property('tenants.acme.keys', '…');
    expect(view).to.have.nested.property('connections.marketing.settings.accessToken', '…');
  });

  it('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(view))).to.deep.equal(view);
  });
});
