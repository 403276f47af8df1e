/**
 * The parts of jsforce the connector uses; nothing else of it is touched, and nothing else names its
 * files. Importing them directly spares the loading of its SOAP, Bulk, Metadata and Streaming APIs (about
 * a third of the time). jsforce.test.ts guards every member, so that an upgrade which moves one fails there.
 */
import type { Connection } from 'jsforce/lib/connection.js';
import type { OAuth2 } from 'jsforce/lib/oauth2.js';
import type { Transport } from 'jsforce/lib/transport.js';
import type { HttpRequest, HttpResponse } from 'jsforce/lib/types/common.js';
import type { StreamPromise } from 'jsforce/lib/util/promise.js';

export type { Connection, StreamPromise, Transport };
export type { HttpRequest as JsforceRequest, HttpResponse as JsforceResponse };

export interface Jsforce {
  readonly Connection: typeof Connection;
  readonly OAuth2: typeof OAuth2;
  readonly StreamPromise: typeof StreamPromise;
  readonly Transport: typeof Transport;
}

export async function loadJsforce(): Promise<Jsforce> {
  const [{ Connection }, { OAuth2 }, { Transport }, { StreamPromise }] = await Promise.all([
    import('jsforce/lib/connection.js'),
    import('jsforce/lib/oauth2.js'),
    import('jsforce/lib/transport.js'),
    import('jsforce/lib/util/promise.js'),
  ]);
  return { Connection, OAuth2, StreamPromise, Transport };
}
