/** What an emulated CRM is to the server that stands before it. */
import type { IncomingHttpHeaders } from 'node:http';

export interface CrmRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface CrmAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Becomes JSON unless it is a text. */
  readonly body: unknown;
}

export type Answering = (request: CrmRequest) => CrmAnswer;
