/**
 * The least that any service between SnapEngage and a CRM adds: Node's own HTTP server, which sends the requests
 * it received before (`POST`) as they are, and answers once the CRM has. It renders nothing and keeps nothing.
 */
import { createServer } from 'node:http';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { Agent } from 'undici';
import { replay, type Round } from '../replay.ts';

const { PORT = '8080', CRM_URL = '' } = process.env;
const dispatcher = new Agent({ keepAliveTimeout: 60_000, connections: 10 });
let rounds: readonly Round[] = [];

createServer((request, response) => {
  const work = async () => {
    if (request.method === 'POST') rounds = JSON.parse(await text(request)) as readonly Round[];
    else await replay(CRM_URL, rounds, dispatcher);
  };
  work().then(
    () => response.end('done'),
    () => response.writeHead(502).end(),
  );
}).listen(Number(PORT), '127.0.0.1');
