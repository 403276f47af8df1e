/** Rules about several keys of a file at once, and warnings about what works but is not wise. */
import { digestOf, isKeyDigest } from '../../auth/key-store.ts';
import type { ConfigFile } from '../yaml/config-file.ts';
import type { BridgeFile, Tenant } from '../schema/schema.ts';
import { isLoopback } from '../schema/setting-types.ts';

const SHORT_KEY_CHARACTERS = 16;
const MIN_DEADLINE_MS = 500;
/** How long SnapEngage waits is not documented; its platform waits 5 s by default. */
const MAX_DEADLINE_MS = 5000;

/**
 * @param bridge the main file, checked
 * @param boundOpsHost where the ops listener is bound already: a reload does not change that
 */
export function checkListeners(
  bridge: BridgeFile,
  file: ConfigFile,
  boundOpsHost: string | undefined,
): void {
  const { server, ops } = bridge;
  const opsHost = ['ops', 'host'];
  if (!isLoopback(ops.host) && ops.key === undefined && !file.isUnresolved(opsHost)) {
    const hint = 'set ops.key: all who reach this listener can read what the CRM knows';
    file.expected(opsHost, 'a loopback address such as 127.0.0.1 while there is no ops.key', hint);
  } else if (boundOpsHost !== undefined && !isLoopback(boundOpsHost) && ops.key === undefined) {
    const hint = 'keep the key, or restart with the new ops.host';
    file.expected(['ops', 'key'], `a key while the ops listener is bound to ${boundOpsHost}`, hint);
  }
  const isSameHost = server.host === ops.host || isWildcard(server.host) || isWildcard(ops.host);
  if (server.port !== 0 && server.port === ops.port && isSameHost) reportSamePort(ops.port, file);
}

/** At a port that is in the file: the other may be the default. */
function reportSamePort(port: number, file: ConfigFile): void {
  const hint = 'the public listener must not answer what is for operators';
  const isWritten = (part: string) => file.valueAt([part, 'port']) !== undefined;
  const [at, other] = isWritten('ops')
    ? (['ops', 'server'] as const)
    : (['server', 'ops'] as const);
  const expected = isWritten(other)
    ? `another port than that of ${other}`
    : `another port than ${port}, which is the default of ${other}.port`;
  file.expected([at, 'port'], expected, hint);
}

/** @param file the main file, checked */
export function checkShared({ shared }: BridgeFile, file: ConfigFile): void {
  if (shared === undefined || isLoopback(new URL(shared.url).hostname)) return;
  const path = ['shared', 'keys'];
  if (shared.keys === undefined && !file.isUnresolved(path)) {
    const hint = 'make one with "openssl rand -base64 32": what is in Redis is personal data';
    file.expected(path, 'a list of keys while Redis is not on this machine', hint);
  }
}

/** @param file the main file, checked */
export function warnAboutServer({ server, ops, shared }: BridgeFile, file: ConfigFile): void {
  if (
    server.publicUrl?.startsWith('http:') === true &&
    !isLoopback(new URL(server.publicUrl).hostname)
  ) {
    const message = 'keys and what the CRM knows travel unencrypted';
    file.warning(['server', 'publicUrl'], { message, hint: 'use https://' });
  }
  if (server.trustProxy === true) {
    const message = 'with true every client can pretend to have another address';
    const hint = 'name the addresses of your proxies, or how many there are';
    file.warning(['server', 'trustProxy'], { message, hint });
  }
  if (ops.key !== undefined && ops.key.length < SHORT_KEY_CHARACTERS) {
    file.warning(['ops', 'key'], SHORT_KEY);
  }
  const redis = URL.parse(shared?.url ?? '');
  if (redis?.protocol === 'redis:' && redis.password !== '' && !isLoopback(redis.hostname)) {
    const message = 'the password of Redis travels unencrypted';
    file.warning(['shared', 'url'], { message, hint: 'use rediss://' });
  }
}

/** @param serverHost where the public listener is reached */
export function warnAboutTenant(
  file: ConfigFile,
  id: string,
  tenant: Tenant,
  serverHost: string | undefined,
): void {
  tenant.keys.forEach((key, index) => {
    const isDemo = id === 'demo' && key === 'demo' && isLoopback(serverHost ?? '');
    const isShort = !isKeyDigest(key) && key.length < SHORT_KEY_CHARACTERS;
    if (isShort && !isDemo) file.warning(['tenants', id, 'keys', index], SHORT_KEY);
  });
  if (tenant.deadline < MIN_DEADLINE_MS) {
    const message = 'hardly any CRM answers so soon: agents would read that it is not reachable';
    file.warning(['tenants', id, 'deadline'], { message, hint: 'the default is 3s' });
  } else if (tenant.deadline > MAX_DEADLINE_MS) {
    const message = 'SnapEngage may not wait so long for the answer';
    file.warning(['tenants', id, 'deadline'], { message, hint: 'stay below 5s' });
  }
  if (tenant.lineSeparator.includes('\\n')) {
    const message = 'this is a backslash and an n, not a line break';
    file.warning(['tenants', id, 'lineSeparator'], {
      message,
      hint: 'write "\\n" in double quotes',
    });
  }
}

/**
 * About connections that no tenant names, and keys that several tenants have.
 * @param files checked, with no problem
 */
export function warnAboutUse(files: readonly ConfigFile[]): void {
  const used = new Set<unknown>();
  const owners = new Map<string, string>();
  for (const file of files) {
    for (const id of file.namesIn('tenants')) {
      const { connections, keys } = file.valueAt(['tenants', id]) as Tenant;
      for (const name of connections) used.add(name);
      for (const [index, key] of keys.entries()) {
        const digest = digestOf(key);
        const owner = owners.get(digest) ?? id;
        owners.set(digest, owner);
        if (owner === id) continue;
        const message = `this is a key of the tenant ${owner} too: who has it can read both`;
        const hint = 'make one for each with "crm-bridge key"';
        file.warning(['tenants', id, 'keys', index], { message, hint });
      }
    }
  }
  for (const file of files) {
    for (const name of file.namesIn('connections')) {
      if (used.has(name)) continue;
      const hint = 'name it in the connections of a tenant, or remove it';
      const message = 'no tenant names this connection';
      file.warning(['connections', name], { message, hint }, 'key');
    }
  }
}

const SHORT_KEY = {
  message: `a key of less than ${SHORT_KEY_CHARACTERS} characters can be guessed`,
  hint: 'make one with "crm-bridge key"',
};

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}
