/** Rules about several keys of a file at once, and warnings about what works but is not wise. */
import { isUnresolved, type ConfigFile } from '../yaml/config-file.ts';
import type { Diagnostics } from '../diagnostics.ts';
import type { BridgeFile, Tenant } from '../schema/schema.ts';
import { isLoopback } from '../schema/setting-types.ts';

const SHORT_KEY_CHARACTERS = 16;

/** A tenant and the file that has it. */
interface TenantEntry {
  readonly file: ConfigFile;
  readonly id: string;
  readonly tenant: Tenant;
}

/** @param bridge the main file, checked */
export function checkListeners(
  bridge: BridgeFile,
  file: ConfigFile,
  diagnostics: Diagnostics,
): void {
  const { server, ops } = bridge;
  const opsHost = ['ops', 'host'];
  if (!isLoopback(ops.host) && ops.key === undefined && !isUnresolved(file, opsHost)) {
    const hint = 'set ops.key: whoever reaches this listener can read what the CRM knows';
    diagnostics.expected(
      file,
      opsHost,
      'a loopback address such as 127.0.0.1 while there is no ops.key',
      hint,
    );
  }
  const isSameHost = server.host === ops.host || isWildcard(server.host) || isWildcard(ops.host);
  if (server.port !== 0 && server.port === ops.port && isSameHost) {
    const hint = 'the public listener must not answer what is for operators';
    diagnostics.expected(file, ['ops', 'port'], 'another port than that of server', hint);
  }
}

/** @param file the main file, checked */
export function warnAboutServer(
  { server, ops }: BridgeFile,
  file: ConfigFile,
  diagnostics: Diagnostics,
): void {
  if (
    server.publicUrl?.startsWith('http:') === true &&
    !isLoopback(new URL(server.publicUrl).hostname)
  ) {
    const message = 'keys and what the CRM knows travel unencrypted';
    diagnostics.warning(file, ['server', 'publicUrl'], { message, hint: 'use https://' });
  }
  if (server.trustProxy === true) {
    const message = 'with true every client can pretend to have another address';
    const hint = 'name the addresses of your proxies, or how many there are';
    diagnostics.warning(file, ['server', 'trustProxy'], { message, hint });
  }
  if (ops.key !== undefined && ops.key.length < SHORT_KEY_CHARACTERS) {
    diagnostics.warning(file, ['ops', 'key'], SHORT_KEY);
  }
}

/** @param serverHost where the public listener is reached */
export function warnAboutTenant(
  { file, id, tenant }: TenantEntry,
  serverHost: string,
  diagnostics: Diagnostics,
): void {
  tenant.keys.forEach((key, index) => {
    const isDemo = id === 'demo' && key === 'demo' && isLoopback(serverHost);
    const isShort = !key.startsWith('sha256:') && key.length < SHORT_KEY_CHARACTERS;
    if (isShort && !isDemo) diagnostics.warning(file, ['tenants', id, 'keys', index], SHORT_KEY);
  });
  if (tenant.lineSeparator.includes('\\n')) {
    const message = 'this is a backslash and an n, not a line break';
    diagnostics.warning(file, ['tenants', id, 'lineSeparator'], {
      message,
      hint: 'write "\\n" in double quotes',
    });
  }
}

const SHORT_KEY = {
  message: `a key of less than ${SHORT_KEY_CHARACTERS} characters can be guessed`,
  hint: 'make one with "crm-bridge key"',
};

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}
