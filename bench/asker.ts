/**
 * The process of one who waits: `node asker.ts PORT [PATH]` asks for `/healthz` or a path every 10 ms. It has a process
 * of its own, because the one that makes the others' requests keeps itself waiting.
 */
import { Agent, get } from 'node:http';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { answerParent } from './child.ts';

const [, , port, path = '/healthz'] = process.argv;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
let waits: number[] = [];

answerParent({ reset: () => void (waits = []), waits: () => waits });

for (;;) {
  const began = performance.now();
  // A server that stood still ends idle connections late: the request that meets it is asked again, as browsers do.
  await ask().catch(ask);
  waits.push(performance.now() - began);
  await pause(10);
}

function ask(): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  get({ port, host: '127.0.0.1', path, agent }, (response) => {
    response.resume().on('end', () => resolve(undefined));
  }).on('error', reject);
  return promise;
}
