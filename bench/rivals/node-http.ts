/** (a) What Node's own HTTP server can do: a constant text. */
import { createServer } from 'node:http';
import process from 'node:process';

const { PORT = '8080', TEXT = '' } = process.env;
const length = Buffer.byteLength(TEXT);

createServer((_request, response) => {
  response.writeHead(200, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': length,
  });
  // As a string it leaves in one piece with the headers.
  response.end(TEXT);
}).listen(Number(PORT), '127.0.0.1');
