import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { redactingLog } from '../../src/telemetry/redacting-log.ts';
import { createLog } from '../../src/telemetry/log.ts';

describe('a log that conceals', () => {
  function open() {
    const stream = new PassThrough({ encoding: 'utf8' });
    const clock = { now: () => 0 };
    const log = createLog({ level: 'warn', format: 'json', stream, color: false, clock });
    const looked: string[] = [];
    const concealing = redactingLog(log, (text) => {
      looked.push(text);
      return text.replace('secret', '…');
    });
    return { stream, log, looked, concealing };
  }

  it('cuts out of messages and fields', () => {
    const { stream, concealing } = open();
    concealing.warn('a secret', { key: 'the secret', ms: 3 });
    expect(JSON.parse(String(stream.read()))).to.include({ message: 'a …', key: 'the …', ms: 3 });
  });

  it('does not look at what is not written anyway', () => {
    const { log, looked, concealing } = open();
    concealing.debug('a secret', { key: 'the secret' });
    concealing.info('a secret');
    expect(looked).to.deep.equal([]);
    log.setLevel('info');
    concealing.info('a secret');
    expect(looked).to.deep.equal(['a secret']);
  });
});
