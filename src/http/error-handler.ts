/** What both applications do when a request fails inside the bridge. */
import type { ErrorRequestHandler } from 'express';
import { describeError } from '../telemetry/describe-error.ts';
import type { Log } from '../telemetry/log.ts';
import { sendText } from './respond.ts';

/** @param message for the log, such as `a request failed inside the bridge`. */
export function errorHandler(log: Log, message: string): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    // Express cannot decode the path.
    if (error instanceof URIError && !response.headersSent) {
      sendText(response, 404, 'There is nothing here.');
      return;
    }
    log.error(message, { ...describeError(error) });
    if (response.headersSent) next(error);
    else sendText(response, 500, 'Something went wrong here. The operator finds it in the log.');
  };
}
