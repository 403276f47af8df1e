/** The system that the example of `connectors/README.md` asks: a real server with three people. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import peopleApi from '../fixtures/connectors/people-api/index.ts';
import type { Prepared } from '../../src/connector/testing/index.ts';

const people: Readonly<Record<string, object>> = {
  'jane@acme.example': {
    id: '1',
    email: 'jane@acme.example',
    fullName: 'Jane Doe',
    employer: 'ACME GmbH',
  },
  'joe@acme.example': {
    id: '2',
    email: 'joe@acme.example',
    fullName: 'Joe Bloggs',
    employer: 'ACME GmbH',
  },
  "o'brien@books.example": {
    id: '3',
    email: "o'brien@books.example",
    fullName: 'Pat O’Brien',
    employer: 'Books',
  },
};

export interface PeopleApi {
  readonly url: string;
  set(state: 'working' | 'failing' | 'hanging'): void;
  /** From now on the person `to` is returned for `from`. */
  confuse(from: string, to: string): void;
  close(): Promise<void>;
}

export async function startPeopleApi(): Promise<PeopleApi> {
  const confused = new Map<string, string>();
  let state: Parameters<PeopleApi['set']>[0] = 'working';
  const answer = (response: ServerResponse, status: number, body: unknown): void =>
    void response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(JSON.stringify(body));

  const server = createServer((request, response) => {
    if (state === 'hanging') return;
    if (state === 'failing') return answer(response, 503, 'maintenance of jane@acme.example');
    if (request.headers.authorization !== 'Bearer secret') return answer(response, 401, 'no');
    const url = new URL(request.url ?? '/', 'http://localhost');
    const asked = url.searchParams.get('email') ?? '';
    const person = people[confused.get(asked) ?? asked];
    answer(response, 200, person === undefined ? [] : [person]);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    set: (next) => void (state = next),
    confuse: (from, to) => void confused.set(from, to),
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

export async function preparePeopleApi(): Promise<Prepared> {
  const server = await startPeopleApi();
  return {
    module: peopleApi,
    settings: { baseUrl: server.url, token: 'secret' },
    known: { email: 'jane@acme.example', name: 'Jane Doe', companyName: 'ACME GmbH' },
    manyKnown: Object.keys(people),
    unknown: 'unknown@acme.example',
    confuse: server.confuse,
    makeUnavailable: () => server.set('failing'),
    hang: () => server.set('hanging'),
    restore: () => server.set('working'),
    close: server.close,
  };
}
