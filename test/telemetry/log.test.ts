import { Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';
import { createEmailHash, createLog, type Log, type LogOptions } from '../../src/telemetry/log.ts';

const noon = new Date(2026, 10, 24, 12, 3, 4).getTime();

/** Runs `write` and gives the lines that came out. */
async function linesOf(
  options: Partial<LogOptions>,
  write: (log: Log) => void | Promise<void>,
): Promise<string[]> {
  const chunks: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  const clock = { now: () => noon };
  const defaults = { level: 'info', format: 'json', color: false } as const;
  await write(createLog({ ...defaults, stream, clock, ...options }));
  await turn();
  return chunks.join('').split('\n').slice(0, -1);
}

const parse = (line: string | undefined) => JSON.parse(line ?? '') as Record<string, unknown>;

describe('createLog', () => {
  describe('json', () => {
    it('writes one object per line: time, level, message, then the fields', async () => {
      const lines = await linesOf({}, (log) => {
        log.info('lookup', { tenant: 'demo', ms: 3, stale: false });
        log.error('reload failed');
      });
      const time = new Date(noon).toISOString();
      expect(lines).to.deep.equal([
        `{"time":"${time}","level":"info","message":"lookup","tenant":"demo","ms":3,"stale":false}`,
        `{"time":"${time}","level":"error","message":"reload failed"}`,
      ]);
    });

    it('leaves out fields without a value', async () => {
      const [line] = await linesOf({}, (log) => log.info('x', { a: undefined }));
      expect(parse(line)).to.have.keys('time', 'level', 'message');
    });

    it('lets no field replace time, level or message', async () => {
      const fields = { message: 'forged', level: 'error', time: 'never', stack: 's', cause: 'c' };
      const [line] = await linesOf({}, (log) => log.info('real', fields));
      expect(parse(line)).to.deep.include({ level: 'info', message: 'real', stack: 's' });
    });

    it('drops what is not a scalar, even when a connector in JavaScript passes it', async () => {
      const record = { email: 'bob@example.com' } as unknown as string;
      const [line] = await linesOf({}, (log) => log.info('x', { record, ok: true }));
      expect(line).not.to.contain('bob@example.com');
      expect(parse(line)).to.include({ ok: true });
    });

    it('does not treat % in a message as a format', async () => {
      const [line] = await linesOf({}, (log) => log.info('100 %s %d', { a: 1 }));
      expect(parse(line)).to.include({ message: '100 %s %d', a: 1 });
    });

    it('keeps every message and field on one line', async () => {
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: 'binary' }), fc.string(), async (message, value) => {
          const lines = await linesOf({}, (log) => log.info(message, { value }));
          expect(lines).to.have.lengthOf(1);
          expect(parse(lines[0])).to.include({ message, value });
        }),
      );
    });
  });

  describe('pretty', () => {
    const pretty = { format: 'pretty' } as const;

    it('writes local time, level, message and fields in columns', async () => {
      const lines = await linesOf({ ...pretty, level: 'debug' }, (log) => {
        log.info('lookup', { tenant: 'demo', outcome: 'found', ms: 3 });
        log.error('lookup');
        log.debug('lookup', { a: true });
      });
      expect(lines).to.deep.equal([
        '12:03:04 info  lookup  tenant=demo outcome=found ms=3',
        '12:03:04 error lookup',
        '12:03:04 debug lookup  a=true',
      ]);
    });

    it('quotes values that are not one word', async () => {
      const [line] = await linesOf(pretty, (log) =>
        log.info('x', { a: 'b c', d: '', e: '"', f: 'g=h' }),
      );
      expect(line).to.equal('12:03:04 info  x  a="b c" d="" e="\\"" f="g=h"');
    });

    it('is coloured only when asked', async () => {
      const write = (log: Log) => log.warn('x', { a: 1 });
      const [plain] = await linesOf(pretty, write);
      const [colored = ''] = await linesOf({ ...pretty, color: true }, write);
      expect(plain).to.equal('12:03:04 warn  x  a=1');
      expect(colored).to.contain('\u001b[33m');
      expect(stripVTControlCharacters(colored)).to.equal(plain);
    });

    it('lets no text break the line or steer the terminal', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.string({ unit: 'binary' }),
          fc.string({ unit: 'binary' }),
          async (a, b) => {
            const lines = await linesOf(pretty, (log) => log.info(`x${a}`, { b, [`c${b}`]: a }));
            expect(lines).to.have.lengthOf(1);
            expect(lines[0]).not.to.match(/[\p{C}\u2028\u2029]/u);
          },
        ),
      );
    });
  });

  it('leaves out what is below the level', async () => {
    const lines = await linesOf({ level: 'warn' }, (log) => {
      log.debug('debug');
      log.info('info');
      log.warn('warn');
      log.error('error');
    });
    expect(lines.map((line) => parse(line).message)).to.deep.equal(['warn', 'error']);
  });

  it('gives the fields of its parents to a child', async () => {
    const lines = await linesOf({}, (log) => {
      const child = log.child({ connection: 'sales', a: 1 }).child({ a: 2 });
      child.info('x', { b: 3 });
      log.info('y');
    });
    expect(parse(lines[0])).to.include({ connection: 'sales', a: 2, b: 3 });
    expect(parse(lines[1])).not.to.have.property('connection');
  });

  it('changes level and format while it runs, for children too', async () => {
    const lines = await linesOf({}, (log) => {
      const child = log.child({ a: 1 });
      child.debug('unseen');
      log.setLevel('debug');
      log.setFormat('pretty');
      child.debug('seen');
      child.setLevel('error');
      log.warn('unseen');
    });
    expect(lines).to.deep.equal(['12:03:04 debug seen  a=1']);
  });

  it('writes every line, whatever its fields are called', async () => {
    const fields = { exception: true, splat: 1, fields: 'f' };
    const lines = await linesOf({}, (log) => {
      log.info('x', fields);
      log.child(fields).info('y');
    });
    for (const line of lines) expect(parse(line)).to.include(fields);
    expect(lines).to.have.lengthOf(2);
  });

  it('drops and reports lines while the reader of the stream stands still', async () => {
    const received: string[] = [];
    let blocked: (() => void) | undefined = () => undefined;
    const stream = new Writable({
      decodeStrings: false,
      write(chunk: string, _encoding, done) {
        received.push(chunk);
        if (blocked === undefined) done();
        else blocked = done;
      },
    });
    let dropped = 0;
    const lines = 20_000;
    await linesOf({ stream, onDropped: () => (dropped += 1) }, async (log) => {
      for (let n = 0; n < lines; n += 1) log.info('x'.repeat(100));
      const flushed = log.flush();
      await turn();
      expect(dropped).to.be.within(1, lines);
      expect(stream.writableLength).to.be.within(1_000_000, 1_001_000);
      const before = dropped;
      const unblock = blocked;
      blocked = undefined;
      unblock?.();
      await flushed;
      log.info('again');
      await turn();
      const kept = received.join('').trimEnd().split('\n');
      expect(kept).to.have.lengthOf(lines - before + 1);
      expect(kept.at(-1)).to.include('again');
      expect(dropped).to.equal(before);
    });
  });

  it('reports lines that the stream could not write', async () => {
    const stream = new Writable({
      write: (_chunk, _encoding, done) => void setImmediate(done, new Error('ENOSPC')),
    }).on('error', () => undefined);
    let dropped = 0;
    await linesOf({ stream, onDropped: () => (dropped += 1) }, async (log) => {
      for (let n = 0; n < 3; n += 1) log.info('x');
      await log.flush();
      log.info('x');
      await log.flush();
    });
    expect(dropped).to.equal(4);
  });

  it('has written all lines when it is flushed', async () => {
    const lines: string[] = [];
    const stream = new Writable({
      decodeStrings: false,
      write(chunk: string, _encoding, done) {
        setImmediate(() => {
          lines.push(chunk);
          done();
        });
      },
    });
    await linesOf({ stream }, async (log) => {
      for (let n = 0; n < 10; n += 1) log.info('x', { n });
      await log.flush();
      expect(lines.join('')).to.include('"n":9');
    });
  });

  it('takes more lines at once than its buffers hold', async () => {
    const lines = await linesOf({}, (log) => {
      for (let n = 0; n < 1000; n += 1) log.info('x', { n });
    });
    expect(lines).to.have.lengthOf(1000);
    expect(parse(lines.at(-1))).to.include({ n: 999 });
  });
});

describe('createEmailHash', () => {
  it('gives 12 hex digits, the same for the same person', () => {
    const hash = createEmailHash();
    expect(hash('bob@example.com')).to.match(/^[0-9a-f]{12}$/);
    expect(hash('bob@example.com')).to.equal(hash('bob@example.com'));
    expect(hash('bob@example.com')).not.to.equal(hash('eve@example.com'));
  });

  it('gives other digits in the next process, so that a table of known addresses is useless', () => {
    expect(createEmailHash()('bob@example.com')).not.to.equal(createEmailHash()('bob@example.com'));
  });
});
