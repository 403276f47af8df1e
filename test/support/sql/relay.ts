/** A database behind something that can be cut: a TCP relay, or the name of a file. */
import { rename } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { TestDatabase } from './databases.ts';

export interface Cuttable {
  readonly url: string;
  /** From now on nothing is accepted, and what was open is reset. */
  cut(): Promise<void>;
  /** From now on nothing is passed on. */
  hang?: () => void;
  restore(): Promise<void>;
  close(): Promise<void>;
}

/** The outages as `describeConnector` takes them. */
export function outagesOf({ cut, hang, restore, close }: Cuttable) {
  return {
    makeUnavailable: cut,
    ...(hang && { hang }),
    restore,
    async close() {
      await restore();
      await close();
    },
  };
}

export async function cuttable(database: Pick<TestDatabase, 'engine' | 'url'>): Promise<Cuttable> {
  if (database.engine === 'sqlite') {
    const file = database.url.slice('sqlite:'.length);
    let isCut = false;
    return {
      url: database.url,
      async cut() {
        await rename(file, `${file}.away`);
        isCut = true;
      },
      async restore() {
        if (isCut) await rename(`${file}.away`, file);
        isCut = false;
      },
      close: () => Promise.resolve(),
    };
  }
  const url = new URL(database.url);
  const [host, upstreamPort] = [url.hostname, Number(url.port)];
  const sockets = new Set<Socket>();
  let isHanging = false;
  const server = createServer((client) => {
    sockets.add(client);
    client.on('error', () => undefined).on('close', () => sockets.delete(client));
    if (isHanging) return;
    const upstream = connect(upstreamPort, host);
    upstream.on('error', () => client.destroy());
    upstream.on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
    client.on('data', (data) => void (isHanging || upstream.write(data)));
    upstream.on('data', (data) => void (isHanging || client.write(data)));
  });
  const listen = (port: number) =>
    new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const stop = () =>
    new Promise<void>((stopped) => {
      server.close(() => stopped());
      for (const socket of sockets) socket.resetAndDestroy();
    });
  url.port = String(port);
  return {
    url: url.href,
    cut: stop,
    hang: () => {
      isHanging = true;
    },
    async restore() {
      isHanging = false;
      for (const socket of sockets) socket.destroy();
      if (!server.listening) await listen(port);
    },
    close: stop,
  };
}
