/** The console's page and its files. */
import { randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';
import type { Route } from '../../base-app.ts';
import { send, sendText, type Headers } from '../../respond.ts';
import { encode, readAssets, type Assets, type Encoding } from './assets.ts';
import { contentSecurityPolicy, renderPage } from './page.ts';

const ENCODINGS: readonly Encoding[] = ['br', 'gzip', 'identity'];

/** The files are read when the page is first asked for; an error is not kept. */
export function pageRoutes(): readonly Route[] {
  let reading: Promise<Assets> | undefined;
  const read = () => {
    reading ??= readAssets().catch((error: unknown) => {
      reading = undefined;
      throw error;
    });
    return reading;
  };
  return [
    { path: '/', handlers: { GET: (_request, response) => redirectToConsole(response) } },
    {
      path: '/console',
      handlers: {
        GET: async (request, response) => {
          if (request.path !== '/console/') {
            redirectToConsole(response);
            return;
          }
          const nonce = randomBytes(16).toString('base64');
          const encoding = encodingFor(request);
          send(response, 200, await encode(renderPage(await read(), nonce), encoding), {
            ...encodingHeaders(encoding),
            'Content-Type': 'text/html; charset=utf-8',
            'Content-Security-Policy': contentSecurityPolicy(nonce),
            'Referrer-Policy': 'no-referrer',
          });
        },
      },
    },
    {
      path: '/console/assets/:version/*path',
      handlers: {
        GET: async (request, response) => {
          const { version, path } = request.params;
          const assets = await read();
          const asset = assets.files.get([path].flat().join('/'));
          if (asset === undefined || version !== assets.version) {
            sendText(response, 404, 'There is no such file in this version.');
            return;
          }
          const encoding = encodingFor(request);
          send(response, 200, await asset.encoded(encoding), {
            ...encodingHeaders(encoding),
            'Content-Type': asset.type,
            'Cache-Control': 'private, max-age=31536000, immutable',
          });
        },
      },
    },
  ];
}

function encodingFor(request: Request): Encoding {
  const accepted = request.acceptsEncodings([...ENCODINGS]);
  return ENCODINGS.find((encoding) => encoding === accepted) ?? 'identity';
}

function encodingHeaders(encoding: Encoding): Headers {
  const vary = { Vary: 'Accept-Encoding' };
  return encoding === 'identity' ? vary : { ...vary, 'Content-Encoding': encoding };
}

function redirectToConsole(response: Response): void {
  sendText(response, 302, 'The console is at /console/.', { Location: '/console/' });
}
