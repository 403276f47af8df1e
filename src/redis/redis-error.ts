import { SHARED_FAILURES, type SharedFailure } from '../model/shared-events.ts';

export class RedisError extends Error {
  override readonly name = 'RedisError';
  readonly failure: SharedFailure;

  constructor(failure: SharedFailure) {
    super(SHARED_FAILURES[failure]);
    this.failure = failure;
  }
}

/** What an answer that is an error says; within a script it is not the first word. */
const CODES: Readonly<Record<string, SharedFailure>> = {
  ...{ NOAUTH: 'refused', WRONGPASS: 'refused', NOPERM: 'refused', AUTH: 'refused' },
  ...{ READONLY: 'read_only', OOM: 'full', MISCONF: 'full' },
  ...{ LOADING: 'busy', MASTERDOWN: 'busy', BUSY: 'busy' },
};
const CODE = new RegExp(`\\b(${Object.keys(CODES).join('|')})\\b`);

/** @param thrown by the client, whose messages may quote addresses and commands. */
export function toRedisError(thrown: unknown): RedisError {
  if (thrown instanceof RedisError) return thrown;
  const { message = '', name } = Object(thrown) as Partial<Error>;
  if (name !== 'ReplyError') {
    if (/timed out|ETIMEDOUT/.test(message)) return new RedisError('timeout');
    return new RedisError(
      /protocol/i.test(message) || name === 'ParserError' ? 'invalid' : 'unreachable',
    );
  }
  const [, code = ''] = CODE.exec(message) ?? [];
  return new RedisError(CODES[code] ?? 'invalid');
}
