import { generateKeyPairSync, createPrivateKey } from 'node:crypto';
import { expect } from 'chai';
import { readPem } from '../../src/connector/pasted-pem.ts';

describe('readPem', () => {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });

  for (const [what, pasted] of Object.entries({
    'as it is': privateKey,
    'with literal \\n': privateKey.replaceAll('\n', '\\n'),
    'with literal \\r\\n': privateKey.replaceAll('\n', '\\r\\n'),
    'with the line breaks of Windows': privateKey.replaceAll('\n', '\r\n'),
    'on one line, with blanks': privateKey.replaceAll('\n', ' '),
    'on one line, with nothing between': privateKey.replaceAll('\n', ''),
    'in quotes': JSON.stringify(privateKey),
    'behind a name': `SF_KEY="${privateKey.replaceAll('\n', '\\n')}"`,
    indented: privateKey.replaceAll('\n', '\n    '),
    'in base64': Buffer.from(privateKey).toString('base64'),
  })) {
    it(`understands a key ${what}`, () => {
      expect(readPem(pasted)).to.equal(privateKey);
      expect(createPrivateKey(readPem(pasted)).asymmetricKeyType).to.equal('rsa');
    });
  }

  it('keeps several certificates in order', () => {
    const [one, two] = ['QQ==', 'Qg=='].map(
      (body) => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`,
    );
    expect(readPem(`${one ?? ''}${two ?? ''}`.replaceAll('\n', '\\n'))).to.equal(
      `${one ?? ''}${two ?? ''}`,
    );
  });

  it('does not change what it does not understand', () => {
    const encrypted =
      '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nQQ==\n-----END RSA PRIVATE KEY-----\n';
    for (const text of ['', 'a path', '-----BEGIN PRIVATE KEY-----\nQQ==', encrypted]) {
      expect(readPem(text)).to.equal(text);
    }
  });
});
