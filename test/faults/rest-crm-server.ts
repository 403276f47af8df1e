/** The CRM of the connector `rest-crm`: a real server whose next answers go wrong as a test wants it. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export type RestFault =
  | 'hang'
  | 'drip'
  | 'cut'
  | 'error'
  | 'too many'
  | 'spent'
  | 'not found'
  | 'unprocessable'
  | 'html'
  | 'broken'
  | 'huge'
  | 'shape';

export interface RestCrm {
  readonly url: string;
  /** Requests so far, and those that the other side gave up. */
  requests: number;
  aborted: number;
  /** Requests with a wrong token. */
  refused: number;
  fault: RestFault | undefined;
  /** Decides about each request while there is no `fault`. */
  draw: (() => RestFault | undefined) | undefined;
  /** Milliseconds before an answer. */
  latency: number;
  close(): Promise<void>;
}

export const REST_TOKEN = 'rest-token-0123456789';

/** @param names who is known, by address. */
export async function startRestCrm(names: ReadonlyMap<string, string>): Promise<RestCrm> {
  const server = createServer((request, response) => {
    crm.requests += 1;
    response.once('close', () => {
      if (!response.writableFinished) crm.aborted += 1;
    });
    const { searchParams } = new URL(request.url ?? '/', 'http://crm');
    const emails = (searchParams.get('emails') ?? '').split(',');
    const known = emails.filter((email) => names.has(email));
    const people = known.map((email) => {
      return { email, person: { contact: { name: names.get(email), email } } };
    });
    const isOurs = request.headers.authorization === `Bearer ${REST_TOKEN}`;
    if (!isOurs) crm.refused += 1;
    const fault = crm.fault ?? crm.draw?.();
    void pause(crm.latency).then(() => answer(response, isOurs ? people : undefined, fault));
  });
  const crm: RestCrm = {
    url: '',
    requests: 0,
    aborted: 0,
    refused: 0,
    fault: undefined,
    draw: undefined,
    latency: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return Object.assign(crm, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
}

/** @param people `undefined` when the token is refused. */
function answer(
  response: ServerResponse,
  people: readonly unknown[] | undefined,
  fault: RestFault | undefined,
): void {
  const text = JSON.stringify(people);
  const send = (status: number, body: string, headers: Record<string, string> = {}) => {
    response.writeHead(status, { 'x-usage': '10/1000', ...headers }).end(body);
  };
  if (people === undefined) return send(401, 'secret words');
  switch (fault) {
    case undefined:
      return send(200, text);
    case 'hang':
      return;
    case 'drip':
    case 'cut':
      response.writeHead(200, { 'content-length': text.length });
      response.write(text.slice(0, 5), () => {
        if (fault === 'cut') response.socket?.resetAndDestroy();
      });
      return;
    case 'error':
      return send(503, 'secret words');
    case 'too many':
      return send(429, '', { 'retry-after': '60' });
    case 'spent':
      return send(402, '');
    case 'not found':
      return send(404, 'secret words');
    case 'unprocessable':
      return send(422, 'secret words');
    case 'html':
      return send(200, '<html>secret words</html>');
    case 'broken':
      return send(200, text.slice(0, -2));
    case 'huge':
      return send(200, JSON.stringify([{ person: { contact: 'x'.repeat(20_000_000) } }]));
    case 'shape':
      return send(200, '[{"person":{"contact":{"name":{"secret":"words"}}}}]');
  }
}
