/** The system that the example of `connectors/README.md` asks: a real server with three people. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import peopleApi from '../fixtures/connectors/people-api/index.ts';
import type { Prepared } from './connector-rules.ts';

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

export async function preparePeopleApi(): Promise<Prepared> {
  const confused = new Map<string, string>();
  let state: 'working' | 'failing' | 'hanging' = 'working';
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
    module: peopleApi,
    settings: {
      baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      token: 'secret',
    },
    known: { email: 'jane@acme.example', name: 'Jane Doe', companyName: 'ACME GmbH' },
    manyKnown: Object.keys(people),
    unknown: 'unknown@acme.example',
    confuse: (from, to) => void confused.set(from, to),
    makeUnavailable: () => {
      state = 'failing';
    },
    hang: () => {
      state = 'hanging';
    },
    restore: () => {
      state = 'working';
    },
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
