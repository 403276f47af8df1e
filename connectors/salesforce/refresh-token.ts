/**
 * The refresh token in use. An app with rotation gives a new one at every sign-in and the old one is
 * void; the new one can't be written back to the YAML, so it is kept in a small file of its own.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { type ConnectorContext, ConnectorError } from '../../src/connector/index.ts';
import type { Auth } from './settings.ts';

export interface RefreshToken {
  readonly current: string;
  /** To be called after a sign-in that gave a new one. Never fails: the new one is in use either way. */
  replace(token: string): Promise<void>;
}

/**
 * @param auth the file counts only as long as it descends from the very token of the settings, so that a
 *   new one in the YAML always wins.
 * @throws {ConnectorError} `misconfigured` when the file is there but can't be read.
 */
export function keepRefreshToken(
  auth: Extract<Auth, { flow: 'refreshToken' }>,
  context: Pick<ConnectorContext, 'log' | 'setNotice' | 'resolvePath'>,
): RefreshToken {
  const configured = auth.refreshToken;
  const file = auth.tokenFile === undefined ? undefined : context.resolvePath(auth.tokenFile);
  const origin = createHash('sha256').update(configured).digest('hex');
  let current = (file === undefined ? undefined : read(file, origin)) ?? configured;
  return {
    get current() {
      return current;
    },
    async replace(token) {
      current = token;
      const problem = file === undefined ? NO_FILE : await write(file, origin, token);
      context.setNotice('refresh-token', problem);
      if (problem !== undefined) context.log.warn(problem);
    },
  };
}

const NO_FILE =
  'Salesforce replaced the refresh token (rotation), and the one in the configuration is void now: ' +
  'set auth.tokenFile, or authorize anew before the next start';

function read(file: string, origin: string): string | undefined {
  try {
    const kept = JSON.parse(readFileSync(file, 'utf8')) as unknown;
    const { descendsFrom, refreshToken } = Object(kept) as Record<string, unknown>;
    return descendsFrom === origin && typeof refreshToken === 'string' ? refreshToken : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ConnectorError(
      'misconfigured',
      `auth.tokenFile ${file} can't be read: mend it, or delete it and set a new auth.refreshToken`,
      // A SyntaxError would quote the file, and with it the token.
      error instanceof SyntaxError ? {} : { cause: error },
    );
  }
}

/** By way of a second file, so that a crash never leaves half a token. @returns what went wrong. */
async function write(file: string, origin: string, token: string): Promise<string | undefined> {
  const draft = `${file}.new`;
  try {
    const content = JSON.stringify({ descendsFrom: origin, refreshToken: token });
    await writeFile(draft, `${content}\n`, { mode: 0o600 });
    await rename(draft, file);
    return undefined;
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    const { code } = error as NodeJS.ErrnoException;
    return `Salesforce replaced the refresh token, and auth.tokenFile ${file} can't be written (${code ?? 'unknown'})`;
  }
}
