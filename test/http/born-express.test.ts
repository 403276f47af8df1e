import { Socket } from 'node:net';
import { expect } from 'chai';
import express from 'express';
import { bornExpress } from '../../src/http/born-express.ts';

describe('requests and responses that are born for Express', () => {
  it('have its methods from the beginning, and it changes their prototypes no more', () => {
    const app = express();
    const { IncomingMessage, ServerResponse } = bornExpress(app);
    const request = new IncomingMessage(new Socket());
    const response = new ServerResponse(request);
    request.url = '/';
    request.method = 'GET';
    request.headers['x-word'] = 'read';
    const born = [Object.getPrototypeOf(request), Object.getPrototypeOf(response)] as const;
    let word: string | undefined;
    app.use((seen, answer) => {
      word = seen.get('X-Word');
      answer.locals['seen'] = seen.app === app && answer.app === app;
    });
    app(request as never, response as never);
    expect(word).to.equal('read');
    expect((response as never as { locals: object }).locals).to.deep.equal({ seen: true });
    expect([Object.getPrototypeOf(request), Object.getPrototypeOf(response)]).to.deep.equal(born);
    expect(Object.getPrototypeOf(request)).to.equal(app.request);
  });
});
