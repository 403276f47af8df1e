/** (b) What Express 5 can do, as its own documentation begins: one route, a constant text. */
import process from 'node:process';
import express from 'express';

const { PORT = '8080', TEXT = '' } = process.env;
const app = express();

app.get('/v1/:tenant/contact/:key', (_request, response) => {
  response.type('text/plain').send(TEXT);
});

app.listen(Number(PORT), '127.0.0.1');
