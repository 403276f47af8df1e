/**
 * Chromium as people have it, on all cores: Playwright would have every request reported to this process, which takes
 * longer than the requests of a page on loopback.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { CHROMIUM_FLAGS } from '../test/support/browser.ts';
import { keptEnvironment } from './child.ts';
import type { Setting } from './measurement.ts';

export interface BareChromium extends AsyncDisposable {
  /**
   * Opens a page in a profile without history.
   * @param isUsable JavaScript that is true once the page can be used.
   * @returns milliseconds from the first byte of the page until then.
   */
  timeUntil(url: string, isUsable: string): Promise<number>;
}

export async function startBareChromium(
  { cores, folder }: Setting,
  program: string,
): Promise<BareChromium> {
  const words = [
    ...[program, ...CHROMIUM_FLAGS, '--headless=new', '--remote-debugging-port=0'],
    `--user-data-dir=${join(folder, 'chromium')}`,
  ];
  const [command = '', ...rest] = onCores(Object.values(cores), words);
  const child = spawn(command, rest, {
    env: keptEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const socket = new WebSocket(await debuggerUrl(child));
  await once(socket, 'open');
  const send = commandsOver(socket);
  return {
    async timeUntil(url, isUsable) {
      const { browserContextId } = await send('Target.createBrowserContext', {});
      const about = { url: 'about:blank', browserContextId };
      const { targetId } = await send('Target.createTarget', about);
      const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
      await send('Page.enable', {}, sessionId);
      await send('Page.addScriptToEvaluateOnNewDocument', { source: watch(isUsable) }, sessionId);
      await send('Page.navigate', { url }, sessionId);
      const { result } = await send('Runtime.evaluate', EVALUATE, sessionId);
      await send('Target.disposeBrowserContext', { browserContextId });
      return (result as { readonly value: number }).value;
    },
    async [Symbol.asyncDispose]() {
      socket.close();
      child.kill();
      await once(child, 'exit');
    },
  };
}

/** `usable` becomes the time at which a change of the page makes the condition true. */
function watch(isUsable: string): string {
  return `var usable = new Promise((resolve) => {
    const look = () => { if (${isUsable}) { observer.disconnect(); resolve(performance.now()); } };
    const observer = new MutationObserver(look);
    observer.observe(document, { subtree: true, childList: true, attributes: true });
  });`;
}

/** The process that measures is on one core, and what it starts would be on the same. */
function onCores(cores: readonly (number | undefined)[], command: readonly string[]) {
  const list = cores.filter((core) => core !== undefined);
  return list.length === 0 ? command : ['taskset', '-c', list.join(','), ...command];
}

const EVALUATE = {
  expression:
    "usable.then((at) => at - performance.getEntriesByType('navigation')[0].responseStart)",
  awaitPromise: true,
  returnByValue: true,
};

type Answer = Readonly<Record<string, unknown>>;

/** The DevTools protocol. */
function commandsOver(socket: WebSocket) {
  const waiting = new Map<number, PromiseWithResolvers<Answer>>();
  let lastId = 0;
  socket.addEventListener('message', ({ data }) => {
    const { id, result, error } = JSON.parse(String(data)) as {
      readonly id?: number;
      readonly result?: Answer;
      readonly error?: { readonly message: string };
    };
    const { resolve, reject } = waiting.get(id ?? 0) ?? {};
    if (error === undefined) resolve?.(result ?? {});
    else reject?.(new Error(error.message));
    waiting.delete(id ?? 0);
  });
  return (method: string, params: object, sessionId?: unknown): Promise<Answer> => {
    lastId += 1;
    const id = lastId;
    const answer = Promise.withResolvers<Answer>();
    waiting.set(id, answer);
    socket.send(JSON.stringify({ id, method, params, sessionId }));
    return answer.promise;
  };
}

async function debuggerUrl({ stderr }: ChildProcess): Promise<string> {
  let printed = '';
  for await (const chunk of stderr ?? []) {
    printed += String(chunk);
    const [, url] = /DevTools listening on (ws:\S+)/.exec(printed) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error(`Chromium did not start:\n${printed}`);
}
