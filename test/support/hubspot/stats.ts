/** What the emulator has seen. */
import type { IncomingHttpHeaders } from 'node:http';

/** One request, as it was received. */
export interface Received {
  /** `METHOD canonical/path`, without the address or id of a single read: `GET objects/contacts`. */
  readonly route: string;
  /** The path as it came, with the query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** 0 while in flight, and when there was no response. */
  status: number;
  /** Whether the client aborted before the response was complete. */
  aborted: boolean;
}

/** Requests for labels, which are loaded behind the lookups. */
const labelRoutes = /^(GET (owners|pipelines|properties|account)|POST oauth)/;

export class Stats {
  requests: Received[] = [];
  /** Connections opened. */
  connections = 0;
  /** Requests in flight at this moment. */
  inFlight = 0;
  maxInFlight = 0;

  /** Answers of 429. */
  get tooMany(): number {
    return this.requests.filter(({ status }) => status === 429).length;
  }

  /** Requests by route, those for labels left out. */
  get lookups(): readonly string[] {
    return this.requests.map(({ route }) => route).filter((route) => !labelRoutes.test(route));
  }

  begin(received: Received): void {
    this.requests.push(received);
    this.inFlight += 1;
    this.maxInFlight = Math.max(this.maxInFlight, this.inFlight);
  }

  reset(): void {
    this.requests = [];
    this.connections = 0;
    this.maxInFlight = this.inFlight;
  }
}
