/** What the fakes of the recipes share: an HTTP server that answers JSON and remembers what it was asked. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** The query as it was sent. */
  readonly search: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface FakeAnswer {
  readonly status: number;
  /** Left out: an empty body. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface FakeApi {
  readonly url: string;
  readonly requests: readonly FakeRequest[];
  close(): Promise<void>;
}

/** A recipe's product: what its file in `config/recipes/` is to be tried against. */
export interface RecipeFake extends FakeApi {
  /** What the file asks for. */
  readonly env: Readonly<Record<string, string>>;
  /** The variable whose value is the secret. */
  readonly secret: string;
  /** The addresses that searches were understood to ask for, in order. */
  readonly searched: readonly string[];
}

export async function startFakeApi(answer: (request: FakeRequest) => FakeAnswer): Promise<FakeApi> {
  const requests: FakeRequest[] = [];
  const server = createServer((message, response) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => {
      const { pathname, search, searchParams } = new URL(message.url ?? '/', 'http://fake');
      const request: FakeRequest = {
        method: message.method ?? '',
        path: pathname,
        query: searchParams,
        search,
        headers: message.headers,
        body: Buffer.concat(chunks).toString(),
      };
      requests.push(request);
      const { status, body, headers } = answer(request);
      response.writeHead(status, {
        ...(body !== undefined && { 'content-type': 'application/json; charset=utf-8' }),
        ...headers,
      });
      response.end(body === undefined ? undefined : JSON.stringify(body));
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

/** @returns the first parameter that is not among the known ones, or is there twice. */
export function unknownParameter(
  query: URLSearchParams,
  known: readonly string[],
): string | undefined {
  const names = [...query.keys()];
  return names.find((name, at) => !known.includes(name) || names.indexOf(name) !== at);
}

/** @returns what a URL encoded form says, or `undefined` for another request. */
export function formOf({ method, headers, body }: FakeRequest): URLSearchParams | undefined {
  const isForm = headers['content-type'] === 'application/x-www-form-urlencoded';
  return method === 'POST' && isForm ? new URLSearchParams(body) : undefined;
}

/** Case does not matter, as in most searches; everybody with the same beginning comes, too. */
export function isSimilar(address: string | null, asked: string): boolean {
  return address?.toLowerCase().startsWith(asked.toLowerCase().slice(0, 3)) === true;
}
