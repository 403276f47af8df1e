/** The requests of the page to the service. Every failure is a sentence that can be shown. */

const TIMEOUT_MS = 45_000;

export class ServiceError extends Error {
  name = 'ServiceError';

  /** @param {string} sentence @param {number | undefined} status undefined when no answer came. */
  constructor(sentence, status) {
    super(sentence);
    this.status = status;
  }
}

/**
 * `path` is what follows `/console/api/`. Both reject with a {@link ServiceError}, or as `signal` says.
 */
export const api = {
  /** @param {string} path @param {AbortSignal} [signal] */
  get: (path, signal) => send('GET', `/console/api/${path}`, undefined, signal),
  /** @param {string} path @param {object} body @param {AbortSignal} [signal] */
  post: (path, body, signal) => send('POST', `/console/api/${path}`, body, signal),
  /** @param {AbortSignal} signal */
  recent: (signal) => send('GET', '/console/api/recent', undefined, signal),
  /** @param {string} connection Closes its circuit by hand. */
  resume: (connection) =>
    send('POST', `/connections/${encodeURIComponent(connection)}/resume`, {}, undefined),
};

async function send(method, url, body, signal) {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      method,
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      ...(body !== undefined && {
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
    const isJson = /^application\/(\w+\+)?json/u.test(response.headers.get('Content-Type') ?? '');
    const answer = isJson ? await response.json() : await response.text();
    if (response.ok && isJson) return answer;
    throw new ServiceError(sentenceFor(response.status, answer), response.status);
  } catch (error) {
    if (error instanceof ServiceError || signal?.aborted) throw error;
    const sentence = timeout.aborted
      ? `The service did not answer within ${TIMEOUT_MS / 1000} seconds. Please try again.`
      : 'The service does not answer. It may be restarting, please try again in a moment.';
    throw new ServiceError(sentence, undefined);
  }
}

function sentenceFor(status, answer) {
  if (status === 401) {
    return 'The service asks for the ops key, which may have changed. Reload this page and sign in again.';
  }
  if (typeof answer === 'string' && answer.trimStart().startsWith('<')) {
    return `Something in front of the service answered ${status} with a page, perhaps to sign in. Reload this page.`;
  }
  const problems = Array.isArray(answer?.problems) ? answer.problems.join(' ') : undefined;
  const words = problems ?? answer?.error ?? answer;
  if (typeof words !== 'string' || words.trim() === '') return `The service answered ${status}.`;
  const text = words.trim();
  return `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/u.test(text) ? '' : '.'}`;
}
