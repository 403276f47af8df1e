/** Stands before a CRM and asks it for another person than the one asked for, as a fuzzy search would. */
import { once } from 'node:events';
import {
  createServer,
  request as send,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SwappingProxy {
  readonly url: string;
  /** From now on the CRM is asked for `to` wherever a request says `from`. */
  swap(from: string, to: string): void;
  close(): void;
}

/** @param target the URL of the CRM; where its responses name it, they name the proxy. */
export async function startSwappingProxy(target: string): Promise<SwappingProxy> {
  let swapped: readonly [from: string, to: string] | undefined;
  const rewrite = (text: string) => {
    if (swapped === undefined) return text;
    const [from, to] = swapped;
    return text.replaceAll(encodeURIComponent(from), encodeURIComponent(to)).replaceAll(from, to);
  };
  const origin = new URL(target).origin;
  const server = createServer((request, response) => {
    void (async () => {
      const body = rewrite(await textOf(request));
      const { method, headers } = request;
      const path = rewrite(request.url ?? '/');
      // Without an agent no connection stays open.
      const sent = send(new URL(path, origin), {
        method,
        headers: forwarded(headers),
        agent: false,
      });
      sent.end(body);
      const [answer] = (await once(sent, 'response')) as [IncomingMessage];
      const text = (await textOf(answer)).replaceAll(origin, proxy.url);
      response.writeHead(answer.statusCode ?? 502, forwarded(answer.headers)).end(text);
    })();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const proxy: SwappingProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    swap: (from, to) => void (swapped = [from, to]),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return proxy;
}

const NOT_FORWARDED: ReadonlySet<string> = new Set([
  ...['host', 'connection', 'keep-alive', 'content-length', 'transfer-encoding'],
  ...['accept-encoding', 'content-encoding'],
]);

function forwarded(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !NOT_FORWARDED.has(name)));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
