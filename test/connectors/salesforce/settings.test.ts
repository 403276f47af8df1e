import { expect } from 'chai';
import { generateKeyPairSync } from 'node:crypto';
import { settings } from '../../../connectors/salesforce/settings.ts';

const auth = { flow: 'clientCredentials', clientId: 'id', clientSecret: 'hush-hush' };
const loginUrl = 'https://acme.my.salesforce.com';

describe('the salesforce settings', () => {
  it('have defaults for the version and the fields', () => {
    expect(settings.parse({ loginUrl, auth })).to.deep.equal({
      loginUrl,
      auth,
      apiVersion: '67.0',
      fields: { contact: [], account: [], lead: [], opportunity: [], case: [] },
      emailFields: { contact: ['Email'], lead: ['Email'] },
      where: {},
    });
  });

  it('take http only on this machine', () => {
    for (const good of [
      'http://127.0.0.1:8080',
      'http://localhost',
      'http://[::1]:9',
      `${loginUrl}/`,
    ])
      expect(problems({ loginUrl: good, auth }), good).to.deep.equal([]);
    for (const bad of ['http://acme.my.salesforce.com', 'http://127.0.0.1.evil.example', 'ftp://x'])
      expect(problems({ loginUrl: bad, auth }), bad).to.have.length(1);
  });

  it('say where the API of a Lightning page is', () => {
    const [problem] = problems({ loginUrl: 'https://acme--dev.sandbox.lightning.force.com', auth });
    expect(problem).to.contain('https://acme--dev.sandbox.my.salesforce.com');
  });

  it('take only the bare address', () => {
    expect(problems({ loginUrl: `${loginUrl}/services`, auth })[0]).to.contain(loginUrl);
    expect(problems({ loginUrl: 'https://user:pw@acme.my.salesforce.com', auth })).to.have.length(
      1,
    );
  });

  it('refuse client credentials on the sign-in pages that all orgs share', () => {
    expect(problems({ loginUrl: 'https://login.salesforce.com', auth })[0]).to.match(
      /^loginUrl: clientCredentials works only on the org's own address/,
    );
    const refresh = { flow: 'refreshToken', clientId: 'id', refreshToken: 'token' };
    expect(problems({ loginUrl: 'https://login.salesforce.com', auth: refresh })).to.deep.equal([]);
  });

  it('name the flows when the flow is unknown', () => {
    for (const flow of ['password', undefined])
      expect(problems({ loginUrl, auth: { ...auth, flow } })).to.deep.equal([
        'auth.flow: expected flow: clientCredentials, jwtBearer or refreshToken',
      ]);
  });

  it('refuse keys of another flow', () => {
    expect(problems({ loginUrl, auth: { ...auth, username: 'x' } })[0]).to.contain('username');
  });

  it('look at the private key, and never show it', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const privateKey = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' });
    const jwt = { flow: 'jwtBearer', clientId: 'id', username: 'u', privateKey };
    expect(problems({ loginUrl, auth: jwt })).to.deep.equal([]);
    const publicKey = rsa.publicKey.export({ type: 'spki', format: 'pem' });
    for (const wrong of [
      'this is not a key, but it was pasted here anyway; a very long one',
      publicKey.toString(),
      privateKey.slice(0, 200),
    ]) {
      const [problem] = problems({ loginUrl, auth: { ...jwt, privateKey: wrong } });
      expect(problem).to.match(/^auth\.privateKey: expected an RSA private key/);
      expect(problem).not.to.contain(String(wrong).slice(30, 60));
    }
  });

  it('understand a private key as an environment variable holds it, and pass it on as PEM', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    for (const pasted of [pem.replaceAll('\n', '\\n'), pem.replaceAll('\n', ' ')]) {
      const jwt = { flow: 'jwtBearer', clientId: 'id', username: 'u', privateKey: pasted };
      expect(settings.parse({ loginUrl, auth: jwt }).auth).to.have.property('privateKey', pem);
    }
  });

  it('say what is wrong with a pasted id, secret or token', () => {
    const refresh = { flow: 'refreshToken', clientId: 'id', refreshToken: 'SF_TOKEN=hush-hush' };
    for (const wrong of [
      { ...auth, clientSecret: '"hush-hush"' },
      { ...auth, clientId: ' hush-hush' },
      refresh,
    ]) {
      const found = problems({ loginUrl, auth: wrong });
      expect(found).to.have.length(1);
      expect(found[0])
        .to.match(/^auth\.\w+: (has|begins with) .*(quotes|blanks|=)/)
        .and.not.contain('hush');
    }
  });

  it('take API names of fields, and of a parent’s fields, and nothing that could leave its place', () => {
    const of = (contact: unknown) => problems({ loginUrl, auth, fields: { contact } });
    expect(of(['Loyalty_Tier__c', 'ns__Field__c', 'Region__r.Name', 'Phone'])).to.deep.equal([]);
    for (const name of [
      '',
      'a b',
      'Id FROM User',
      'x,y',
      "x'",
      'x)',
      '__c',
      '1x',
      'a.b.c',
      'a.',
      'x\n',
    ])
      expect(of([name]), JSON.stringify(name)).to.have.length(1);
  });

  it('let leads, opportunities and cases be left out, but not contacts and accounts', () => {
    const fields = { lead: false, opportunity: false, case: false };
    expect(settings.parse({ loginUrl, auth, fields }).fields).to.deep.include(fields);
    expect(problems({ loginUrl, auth, fields: { contact: false } })).to.have.length(1);
  });

  it('take fields of the record itself for addresses, at least one, each once', () => {
    const of = (contact: unknown) => problems({ loginUrl, auth, emailFields: { contact } });
    expect(of(['Email', 'Work_Email__c'])).to.deep.equal([]);
    for (const wrong of [
      [],
      ['Account.Email__c'],
      ['Email', 'email'],
      ['x) OR (Id != null'],
      'Email',
    ])
      expect(of(wrong), JSON.stringify(wrong)).to.have.length(1);
    expect(problems({ loginUrl, auth, emailFields: { account: ['Email__c'] } })).to.have.length(1);
  });

  it('take a condition for each object, and only a condition', () => {
    for (const object of ['contact', 'account', 'lead', 'opportunity', 'case'])
      expect(problems({ loginUrl, auth, where: { [object]: 'Active__c = true' } })).to.deep.equal(
        [],
      );
    const [problem] = problems({ loginUrl, auth, where: { contact: 'Active__c = true LIMIT 1' } });
    expect(problem).to.equal(
      'where.contact: expected a SOQL condition such as IsActive__c = true: expected AND, OR or the end at character 18',
    );
    expect(problems({ loginUrl, auth, where: { user: 'IsActive = true' } })).to.have.length(1);
  });

  it('want the version as text', () => {
    expect(problems({ loginUrl, auth, apiVersion: 67 })[0]).to.contain('in quotes, such as "67.0"');
    for (const wrong of ['v67.0', '67', '67.5', '../67.0'])
      expect(problems({ loginUrl, auth, apiVersion: wrong }), wrong).to.have.length(1);
  });
});

function problems(value: unknown): readonly string[] {
  const { error } = settings.safeParse(value);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}
