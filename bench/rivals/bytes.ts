/** The machine's limit: the same bytes for whatever comes, written to the socket without reading HTTP at all. */
import { createServer } from 'node:net';
import process from 'node:process';

const { PORT = '8080', TEXT = '' } = process.env;
const body = Buffer.from(TEXT);
const answer = Buffer.concat([
  Buffer.from(
    `HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\n\r\n`,
  ),
  body,
]);

createServer({ noDelay: true }, (socket) => {
  socket.on('data', () => socket.write(answer));
  socket.on('error', () => undefined);
}).listen(Number(PORT), '127.0.0.1');
