/** (b') Express 5 without what a constant text does not need: no ETag, no X-Powered-By, no query parser, one write. */
import process from 'node:process';
import express from 'express';

const { PORT = '8080', TEXT = '' } = process.env;
const length = Buffer.byteLength(TEXT);
const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.set('query parser', false);

app.get('/v1/:tenant/contact/:key', (_request, response) => {
  response.writeHead(200, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': length,
  });
  // As a string it leaves in one piece with the headers.
  response.end(TEXT);
});

app.listen(Number(PORT), '127.0.0.1');
