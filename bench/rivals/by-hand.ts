/** What both hand-written services have in common: key, cache, answer, a line of log. */
import process from 'node:process';
import express from 'express';
import { LRUCache } from 'lru-cache';

const { PORT = '8080', KEY, CACHE_TTL } = process.env;

/** @param crm as agents call it. @param lookUp the text about a person. */
export function serveByHand(crm: string, lookUp: (email: string) => Promise<string>): void {
  const answers = new LRUCache<string, string>({
    max: 10_000,
    ttl: Number(CACHE_TTL),
    fetchMethod: lookUp,
  });

  const app = express();

  app.get('/v1/:tenant/contact/:key', async (request, response) => {
    const start = performance.now();
    const email = String(request.query['email'] ?? '')
      .trim()
      .toLowerCase();
    let outcome = 'ok';
    if (request.params.key !== KEY) {
      outcome = 'unauthorized';
      response.status(401).type('text/plain').send('Wrong key.');
    } else if (!email.includes('@')) {
      outcome = 'no email';
      response.type('text/plain').send('No e-mail yet.');
    } else {
      try {
        response.type('text/plain').send(await answers.fetch(email));
      } catch (error) {
        outcome = error instanceof Error ? error.name : 'error';
        response.type('text/plain').send(`${crm} cannot be reached right now.`);
      }
    }
    const ms = Math.round(performance.now() - start);
    console.log(JSON.stringify({ time: new Date(), message: 'request', outcome, ms }));
  });

  app.listen(Number(PORT), '127.0.0.1');
}
