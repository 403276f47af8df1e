import { expect } from 'chai';
import express from 'express';
import supertest from 'supertest';
import type { OpsContext } from '../../../src/http/ops/context.ts';
import { addRoute } from '../../../src/http/base-app.ts';
import { metricsRoute } from '../../../src/http/ops/metrics.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';

describe('GET /metrics', () => {
  it('renders once for all who ask meanwhile, and newly for who asks later', async () => {
    const { promise: allAsk, resolve: onAllAsk } = Promise.withResolvers<undefined>();
    let [asking, rendered] = [0, 0];
    const metrics = {
      ...createMetrics(),
      cache: () => undefined,
      async text() {
        rendered += 1;
        await allAsk;
        return `rendered ${rendered}\n`;
      },
    };
    const bridge = { current: { connections: new Map() }, cacheStats: () => undefined };
    const context = { bridge, metrics, version: '1' } as unknown as OpsContext;
    const app = express();
    app.use((_request, _response, next) => {
      if ((asking += 1) === 5) setImmediate(onAllAsk, undefined);
      next();
    });
    addRoute(app, metricsRoute(context));
    const ask = async () => (await supertest(app).get('/metrics')).text;
    const texts = await Promise.all(Array.from({ length: 5 }, ask));
    expect(texts).to.deep.equal(Array.from({ length: 5 }, () => 'rendered 1\n'));
    expect(await ask()).to.equal('rendered 2\n');
  });
});
