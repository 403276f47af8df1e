/** A way to Redis that can be cut, held up, slowed down and garbled. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Relay {
  readonly url: string;
  /** Ends all connections, and accepts none. */
  cut(): void;
  restore(): void;
  /** Answers come so much later from now on. */
  delay(ms: number): void;
  /** Every answer becomes this text from now on, on the connections that are there, too. */
  garble(text: string): void;
  close(): Promise<void>;
}

export async function startRelay(port: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  let isCut = false;
  let delayMs = 0;
  let garbage: string | undefined;
  const server = createServer((client) => {
    if (isCut) return void client.destroy();
    const redis = connect(port, '127.0.0.1');
    let sending = Promise.resolve();
    for (const [socket, other] of [
      [client, redis],
      [redis, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (data) => redis.write(data));
    redis.on('data', (data) => {
      const sent = garbage ?? data;
      const dueAt = performance.now() + delayMs;
      // In order, also when the delay has become shorter.
      sending = sending.then(async () => {
        const waitMs = dueAt - performance.now();
        if (waitMs > 0) await sleep(waitMs);
        if (client.writable) client.write(sent);
      });
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    restore() {
      [isCut, delayMs, garbage] = [false, 0, undefined];
    },
    delay: (ms) => void (delayMs = ms),
    garble: (text) => void (garbage = text),
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
