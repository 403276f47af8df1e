/** A connector that takes longer to open than it may. */
import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { z } from 'zod';
import type { Connector } from '../../src/connector/index.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { ConnectionOpenError, openConnections } from '../../src/bridge/open-connections.ts';
import { Redactor } from '../../src/config/redactor.ts';
import { expectNoUnhandledRejections } from '../support/unhandled-rejections.ts';
import { connectorContext } from '../support/connector-context.ts';
import { scriptedConnector } from '../support/scripted-connector.ts';

/** Opens one connection whose connector opens when the test says so: after the timeout. */
async function openTooLate() {
  const { clock } = connectorContext();
  const stream = new PassThrough();
  const log = createLog({ level: 'error', format: 'json', stream, color: false, clock });
  const opening = Promise.withResolvers<Connector>();
  const connection = {
    name: 'sales',
    connector: 'sluggish',
    module: { settings: z.strictObject({}), open: () => opening.promise },
    settings: {},
    limits: { deals: 5, tickets: 5, concurrency: 4, quotaReserve: 0.1 },
    baseDir: '.',
    fingerprint: 'one',
  };
  const configuration = {
    connections: new Map([['sales', connection]]),
    redactor: new Redactor(),
    locateOpenError: (path: string, message: string) => ({
      ...{ file: 'bridge.yaml', line: 1, column: 1 },
      ...{ path, message },
    }),
  };
  const failure = await openConnections(configuration, new Map(), {
    clock,
    log,
    events: {
      lookup: () => undefined,
      batch: () => undefined,
      circuit: () => undefined,
      failure: () => undefined,
    },
    watchFile: () => () => undefined,
    isPublicMailDomain: () => false,
    onInvalidate: () => undefined,
    onRequest: () => undefined,
    openTimeoutMs: 1,
  }).catch((thrown: unknown) => thrown);
  return { failure, opening };
}

describe('a connector that opens after the timeout', () => {
  it('is a problem of the configuration', async () => {
    const { failure } = await openTooLate();
    expect(failure).to.be.instanceOf(ConnectionOpenError);
    expect(failure).to.have.property('message').that.includes('sluggish did not open within');
  });

  it('is closed when it comes, once', async () => {
    const { opening } = await openTooLate();
    const late = scriptedConnector();
    expect(late.closed).to.equal(0);
    opening.resolve(late.connector);
    await new Promise(setImmediate);
    expect(late.closed).to.equal(1);
  });

  describe('is ignored when it', () => {
    expectNoUnhandledRejections();
    const lookup = () => Promise.resolve(undefined);
    const endings: Record<string, (opening: PromiseWithResolvers<Connector>) => void> = {
      fails: ({ reject }) => reject(new Error('no')),
      'gives nothing': ({ resolve }) => resolve(undefined as never),
      'has nothing to close': ({ resolve }) => resolve({ lookup }),
      'has a close that is not a function': ({ resolve }) => resolve({ lookup, close: 1 as never }),
      'cannot be closed': ({ resolve }) =>
        resolve({ lookup, close: () => Promise.reject(new Error('stuck')) }),
    };
    for (const [ending, end] of Object.entries(endings)) {
      it(ending, async () => {
        const { failure, opening } = await openTooLate();
        end(opening);
        expect(failure).to.be.instanceOf(ConnectionOpenError);
      });
    }
  });
});
