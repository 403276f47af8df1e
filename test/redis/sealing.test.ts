import { expect } from 'chai';
import fc from 'fast-check';
import { Sealing } from '../../src/redis/sealing.ts';

const [ONE, TWO] = [Buffer.alloc(32, 1).toString('base64'), Buffer.alloc(32, 2).toString('base64')];
const NAME = 'crm-bridge:e:a:b';

describe('Sealing', () => {
  const sealing = new Sealing('crm-bridge', [ONE]);

  it('opens what it has sealed, any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(sealing.open(NAME, sealing.seal(NAME, text))).to.equal(text);
      }),
    );
  });

  it('opens nothing that was changed in a single bit, cut off or made longer', () => {
    const sealed = sealing.seal(NAME, 'Jane Doe');
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(sealing.open(NAME, changed), `byte ${at}`).to.equal(undefined);
      expect(sealing.open(NAME, sealed.subarray(0, at)), `${at} bytes`).to.equal(undefined);
    }
    expect(sealing.open(NAME, Buffer.concat([sealed, Buffer.from('x')]))).to.equal(undefined);
  });

  it('opens nothing under another name', () => {
    expect(sealing.open('crm-bridge:e:a:c', sealing.seal(NAME, 'Jane'))).to.equal(undefined);
  });

  it('never seals alike twice, and shows nothing of the content', () => {
    const [first, second] = [sealing.seal(NAME, 'Jane Doe'), sealing.seal(NAME, 'Jane Doe')];
    expect(first.equals(second)).to.equal(false);
    expect(first.toString('latin1')).not.to.include('Jane');
  });

  it('opens what any of the keys has sealed, and seals with the first', () => {
    const [before, during, after] = [
      new Sealing('p', [ONE]),
      new Sealing('p', [TWO, ONE]),
      new Sealing('p', [TWO]),
    ];
    expect(during.open(NAME, before.seal(NAME, 'old'))).to.equal('old');
    expect(after.open(NAME, during.seal(NAME, 'new'))).to.equal('new');
    expect(after.open(NAME, before.seal(NAME, 'old'))).to.equal(undefined);
    expect(during.names('e', 'x')).to.deep.equal([
      ...after.names('e', 'x'),
      ...before.names('e', 'x'),
    ]);
  });

  it('makes names by the key, without what they are made of', () => {
    const [name] = sealing.names('e', 'sales 0a ', 'jane@acme.example');
    expect(name).to.match(/^crm-bridge:e:[\w-]{32}:[\w-]{32}$/);
    expect(sealing.names('e', 'sales 0a ', 'jane@acme.example')).to.deep.equal([name]);
    expect(
      new Sealing('crm-bridge', [TWO]).names('e', 'sales 0a ', 'jane@acme.example'),
    ).not.to.include(name);
    expect(sealing.names('l', 'sales 0a ', 'jane@acme.example')[0].slice(-65)).not.to.equal(
      name.slice(-65),
    );
  });
});
