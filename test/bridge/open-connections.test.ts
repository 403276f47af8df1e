/** A connector that takes longer to open than it may. */
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { z } from 'zod';
import { ConnectorError, NotAttemptedError, type Connector } from '../../src/connector/index.ts';
import type { Connection } from '../../src/upstream/connection.ts';
import { createLog } from '../../src/telemetry/log.ts';
import type { ConnectionConfiguration } from '../../src/config/configuration.ts';
import {
  ConnectionOpenError,
  openConnections,
  type OpenOptions,
} from '../../src/bridge/open-connections.ts';
import { Redactor } from '../../src/config/redactor.ts';
import { expectNoUnhandledRejections } from '../support/unhandled-rejections.ts';
import { connectorContext } from '../../src/connector/testing/context.ts';
import { scriptedConnector } from '../support/scripted-connector.ts';

/** Opens one connection. Its connector opens when the test says so: after the timeout. */
async function openTooLate(
  requireOpen = true,
  open?: () => Promise<Connector>,
  more: Partial<OpenOptions> = {},
  others: readonly ConnectionConfiguration[] = [],
) {
  const { clock } = connectorContext();
  const stream = new PassThrough();
  const log = createLog({ level: 'error', format: 'json', stream, color: false, clock });
  const opening = Promise.withResolvers<Connector>();
  const connection = connectionOf('sales', open ?? (() => opening.promise));
  const configuration = {
    connections: new Map([connection, ...others].map((each) => [each.name, each])),
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
    ...more,
  }).catch((thrown: unknown) => thrown);
  return { failure: result, result, opening };
}

function connectionOf(name: string, open: () => Promise<Connector>): ConnectionConfiguration {
  return {
    name,
    connector: 'sluggish',
    module: { settings: z.strictObject({}), open },
    settings: {},
    limits: { deals: 5, tickets: 5, concurrency: 4, quotaReserve: 0.1 },
    baseDir: '.',
    fingerprint: 'one',
  };
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

  describe('while it still may', () => {
    const slowly = { openTimeoutMs: 60_000, startWaitMs: 1 };

    it('holds up no others, and is used once it is open', async () => {
      const { promise: later, resolve } = Promise.withResolvers<Promise<Connection>>();
      const onStillOpening = (_unopened: Connection, opened: Promise<Connection>) =>
        resolve(opened);
      const { result, opening } = await openTooLate(false, undefined, {
        ...{ ...slowly, onStillOpening },
      });
      const sales = (result as ReadonlyMap<string, Connection>).get('sales');
      expect(sales?.status().openError).to.include('sluggish is still opening');
      const { connector, closed } = scriptedConnector();
      opening.resolve(connector);
      const opened = await later;
      expect(opened.status().openError).to.equal(undefined);
      expect(closed).to.equal(0);
    });

    it('is waited for where it has to be open, which is logged', async () => {
      const onStillOpening = () => expect.fail('it has to be open');
      const stream = new PassThrough();
      const { clock } = connectorContext();
      const log = createLog({ level: 'warn', format: 'json', stream, color: false, clock });
      const opening = Promise.withResolvers<Connector>();
      const result = openTooLate(true, () => opening.promise, { ...slowly, onStillOpening, log });
      expect(String(await once(stream, 'data'))).to.match(/waiting for a connection.*sales/);
      opening.resolve(scriptedConnector().connector);
      const opened = (await result).result as ReadonlyMap<string, Connection>;
      expect(opened.get('sales')?.status().openError).to.equal(undefined);
    });

    it('is closed when it comes, if another connection has stopped the start', async () => {
      const late = scriptedConnector();
      const wrong = Promise.withResolvers<Connector>();
      const others = [connectionOf('other', () => wrong.promise)];
      const stillOpening = () => expect.fail('nothing is started');
      const options = { ...slowly, onStillOpening: stillOpening };
      const opening = Promise.withResolvers<Connector>();
      const starting = openTooLate(false, () => opening.promise, options, others);
      wrong.reject(new Error('never works'));
      expect((await starting).failure).to.be.instanceOf(ConnectionOpenError);
      opening.resolve(late.connector);
      await new Promise(setImmediate);
      expect(late.closed).to.equal(1);
    });
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
