import { expect } from 'chai';
import { defaultLogFormat } from '../../src/cli/terminal.ts';

describe('the format of the log', () => {
  it('is pretty on a terminal unless it is set, else JSON', () => {
    expect(defaultLogFormat({ isTTY: true })).to.equal('pretty');
    expect(defaultLogFormat({ isTTY: false })).to.equal('json');
    expect(defaultLogFormat({})).to.equal('json');
  });
});
