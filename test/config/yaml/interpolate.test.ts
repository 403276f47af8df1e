import { expect } from 'chai';
import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Interpolator, type Interpolated } from '../../../src/config/yaml/interpolate.ts';
import { makeFolder, type Folder } from '../files.ts';

describe('interpolate', () => {
  let folder: Folder;
  beforeEach(() => (folder = makeFolder()));
  afterEach(() => folder.remove());

  const read = (text: string, env: Record<string, string> = {}): Interpolated =>
    new Interpolator(env).interpolate(text, folder.path);

  it('puts in variables, also inside of longer texts and several times', () => {
    expect(read('a${X}b${Y}${X}', { X: '1', Y: '2' })).to.deep.include({
      text: 'a1b21',
      errors: [],
    });
  });

  it('does not look for references in what it puts in', () => {
    expect(read('${X}', { X: '${Y}$$' }).text).to.equal('${Y}$$');
  });

  it('reads $$ as a dollar and leaves other dollars alone', () => {
    expect(read('$$ $$$$ $x $1 $').text).to.equal('$ $$ $x $1 $');
    expect(read('$${X}').text).to.equal('${X}');
  });

  it('takes no variable in the spelling of a shell or of make for the value itself', () => {
    for (const text of ['$ACME_KEY', '$(ACME_KEY)']) {
      const { errors } = read(text, { ACME_KEY: 'k3yk3yk3yk3yk3yk3y' });
      expect(errors).to.deep.equal([
        {
          message: 'expected ${NAME} for an environment variable, got a name without braces',
          hint: 'write "${NAME}", or $$ for a plain dollar',
        },
      ]);
    }
    for (const text of ['$ACME_KEY x', 'US$', '$5', '$$ACME_KEY', '$acme']) {
      expect(read(text).errors, text).to.deep.equal([]);
    }
  });

  it('gives back any text whose dollars are doubled', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('$', '{', '}', 'X', ':') }), (text) => {
        expect(read(text.replaceAll('$', '$$$$'))).to.deep.include({ text, errors: [] });
      }),
    );
  });

  it('takes an empty variable as it is', () => {
    expect(read('a${X}', { X: '' })).to.deep.include({ text: 'a', errors: [] });
  });

  it('does not take what every object has for a variable', () => {
    expect(read('${toString}').errors).to.have.length(1);
  });

  it('reads a file relative to the folder, without the one line break at its end', () => {
    folder.write('secrets/a.key', 'line 1\nline 2\r\n');
    folder.write('b.key', 'x\n\n');
    expect(read('${file:secrets/a.key}').text).to.equal('line 1\nline 2');
    expect(read('${file:b.key}').text).to.equal('x\n');
  });

  it('names the files of all texts, each once, and reads each once', () => {
    const file = folder.write('b.key', 'x');
    const interpolator = new Interpolator({});
    const text = `\${file:b.key}\${file:${file}}\${file:none}`;
    expect(interpolator.interpolate(text, folder.path).text).to.equal('xx');
    folder.write('b.key', 'y');
    expect(interpolator.interpolate('${file:b.key}', folder.path).text).to.equal('x');
    expect([...interpolator.files]).to.deep.equal([file, join(folder.path, 'none')]);
  });

  it('puts in no more than 16 MB and 5000 files in all', () => {
    folder.write('large', 'x'.repeat(1_000_000));
    expect(read('${file:large}'.repeat(17)).errors[0]?.message).to.match(/at most 16 MB/);
    const many = Array.from({ length: 5001 }, (_, n) => `\${file:k${n}}`).join('');
    expect(read(many).errors.at(-1)?.message).to.match(/got more than 5000 files$/);
  });

  it('does not wait for a pipe or a file that has no end', () => {
    execFileSync('mkfifo', [join(folder.path, 'pipe')]);
    for (const path of ['pipe', '/dev/zero', '/proc/kmsg', '/proc/self/mem'])
      expect(read(`\${file:${path}}`).errors[0]?.message, path).to.match(
        /got (?:.*something that is not a file|no permission to read it)$/,
      );
  });

  it('says why a file cannot be read', () => {
    mkdirSync(join(folder.path, 'dir'));
    folder.write('large', 'x'.repeat(1024 * 1024 + 1));
    folder.write('file', '');
    const why = (path: string): string | undefined => read(`\${file:${path}}`).errors[0]?.message;
    expect(why('none')).to.match(/got no such file$/);
    expect(why('file/x')).to.match(/got no such file$/);
    expect(why('dir')).to.match(/got a folder$/);
    expect(why('large')).to.match(/got more than 1 MB$/);
    expect(why('')).to.equal('expected a path after "file:", got nothing');
  });

  it('reports each reference that is wrong, and never what another one held', () => {
    const { errors: errors } = read('${GOOD}${BAD}${no name}${', { GOOD: 'sesame' });
    expect(errors).to.have.length(3);
    expect(JSON.stringify(errors)).not.to.include('sesame');
    expect(errors[0]?.message).to.equal(
      'expected the environment variable BAD to be set, got nothing',
    );
  });

  it('names the variable that is not set, in lower case only if it is set in capitals', () => {
    const env = { ACME_KEY: 'sesame', CRMTOKEN: 'sesame' };
    for (const name of ['ACME_KEY2', 'acme_key', 'crmToken'])
      expect(read(`\${${name}}`, env).errors[0]?.message, name).to.equal(
        `expected the environment variable ${name} to be set, got nothing`,
      );
    for (const password of ['hunter', 'correct_horse_battery', 'monkeyDragonBlue', 'acme_key'])
      expect(JSON.stringify(read(`\${${password}}`).errors)).not.to.include(password);
  });

  it('suggests the variable in capitals when it is set', () => {
    const env = { ACME_KEY: 'sesame' };
    expect(read('${acme_key}', env).errors[0]?.hint).to.equal('did you mean "ACME_KEY"?');
    expect(read('${ACME_KEYS}', env).errors[0]?.hint).to.match(/^set it before/);
  });

  it('does not repeat a name that may be a misplaced token or password', () => {
    for (const hidden of [
      'pat0123456789abcdef0123',
      'pat_eu1_0a1b2c3d',
      'qwhzkajdufnwoqpe',
      'hunter2hunter2',
      'letmeinplease',
      'sk_live_4eC39HqLyjWDarjtT1zdp7dc',
      'A7kfGq3Lmw2ZpR9x',
    ])
      expect(JSON.stringify(read(`\${${hidden}}`).errors), hidden).not.to.include(
        hidden.slice(0, 8),
      );
  });
});
