/**
 * The process of an attacker: `node flooder.ts PORT` keeps connections open that send requests without a key and
 * never read an answer. One that the server ends is opened again.
 */
import { connect } from 'node:net';
import process from 'node:process';
import { answerParent } from '../child.ts';

const CONNECTIONS = 100;
const REQUEST = 'GET /v1/bench/contact/wrong?email=a@b.example HTTP/1.1\r\nHost: a\r\n\r\n';
/** Of each connection, in one write. */
const BYTES = 2 ** 20;

const port = Number(process.argv[2]);
const bytes = Buffer.from(REQUEST.repeat(Math.ceil(BYTES / REQUEST.length)));
let opened = 0;

answerParent({ opened: () => opened });
for (let n = 0; n < CONNECTIONS; n += 1) flood();

function flood(): void {
  const socket = connect({ port, host: '127.0.0.1' });
  opened += 1;
  const send = () => {
    while (socket.writable && socket.write(bytes));
  };
  socket.pause().on('connect', send).on('drain', send);
  socket.on('error', () => undefined).on('close', () => setTimeout(flood, 100));
}
