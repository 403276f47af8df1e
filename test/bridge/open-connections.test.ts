/** A connector that takes longer to open than it may. */
import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { z } from 'zod';
import { ConnectorError, NotAttemptedError, type Connector } from '../../src/connector/index.ts';
import type { Connection } from '../../src/upstream/connection.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { ConnectionOpenError, openConnections } from '../../src/bridge/open-connections.ts';
import { Redactor } from '../../src/config/redactor.ts';
import { expectNoUnhandledRejections } from '../support/unhandled-rejections.ts';
import { connectorContext } from '../../src/connector/testing/context.ts';
import { scriptedConnector } from '../support/scripted-connector.ts';

/** Opens one connection. Its connector opens when the test says so: after the timeout. */
async function openTooLate(requireOpen = true, open?: () => Promise<Connector>) {
  const { clock } = connectorContext();
  const stream = new PassThrough();
  const log = createLog({ level: 'error', format: 'json', stream, color: false, clock });
  const opening = Promise.withResolvers<Connector>();
  const connection = {
    name: 'sales',
    connector: 'sluggish',
    module: { settings: z.strictObject({}), open: open ?? (() => opening.promise) },
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
  const result = await openConnections(configuration, new Map(), {
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
    refreshGrant: connectorContext().refreshGrant,
    onInvalidate: () => undefined,
    onRequest: () => undefined,
    openTimeoutMs: 1,
    requireOpen,
  }).catch((thrown: unknown) => thrown);
  return { failure: result, result, opening };
}

describe('a connector that opens after the timeout', () => {
  it('is a problem of the configuration where everything has to open', async () => {
    const { failure } = await openTooLate();
    expect(failure).to.be.instanceOf(ConnectionOpenError);
    expect(failure).to.have.property('message').that.includes('sluggish did not open within');
  });

  it('is otherwise not open yet', async () => {
    const { result } = await openTooLate(false);
    const sales = (result as ReadonlyMap<string, Connection>).get('sales');
    expect(sales?.status().openError).to.include('sluggish did not open within');
    const failed = await sales?.lookup('jane@acme.example').catch((thrown: unknown) => thrown);
    expect(failed).to.include({ kind: 'unavailable' });
    expect(failed).to.be.instanceOf(NotAttemptedError);
  });

  it('stops the start whatever else it throws than that it is not reachable now', async () => {
    for (const [error, isDeferred] of [
      [new ConnectorError('unavailable', 'no'), true],
      [new ConnectorError('rate_limited', 'no'), true],
      [new ConnectorError('misconfigured', 'no'), false],
      [new ConnectorError('auth', 'no'), false],
      [new Error('no'), false],
    ] as const) {
      const { result } = await openTooLate(false, () => Promise.reject(error));
      expect(result instanceof ConnectionOpenError, error.name).to.equal(!isDeferred);
    }
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
