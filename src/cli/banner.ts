/** What `serve` prints when it is ready: what to try, and what to paste into SnapEngage. */
import { isKeyDigest } from '../auth/key-store.ts';
import type { Configuration } from '../config/configuration.ts';
import type { ConfigurationFile } from './configuration-file.ts';
import type { Io } from './io.ts';
import { paint } from './terminal.ts';

export interface BannerOptions {
  readonly configuration: Configuration;
  readonly file: ConfigurationFile;
  readonly url: string;
  readonly opsUrl: string;
}

/** A person of the demo directory whose record shows every section. */
const DEMO_PERSON = 'jane.doe@acme.example';

/** Prints nothing when standard output is read by a program that expects JSON lines. */
export function banner({ configuration, file, url, opsUrl }: BannerOptions, io: Io): void {
  if (io.stdout.isTTY !== true && configuration.log.format !== 'pretty') return;
  const tenant = [...configuration.tenants.values()][0];
  if (tenant === undefined) return;
  const plain = tenant.keys.find((key) => !isKeyDigest(key));
  const key = file.demo && plain !== undefined ? plain : 'YOUR-KEY';
  const reachable = url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
  const path = `/v1/${tenant.id}/contact/${key}`;
  const paste = `${configuration.server.publicUrl ?? reachable}${path}`;
  const email = file.demo ? DEMO_PERSON : 'visitor@example.com';
  const heading = (text: string) => paint(io.stdout, 'bold', text);
  const toCopy = (text: string) => paint(io.stdout, 'cyan', text);
  const lines = [
    '',
    heading(file.demo ? 'crm-bridge is ready, with the demo directory' : 'crm-bridge is ready'),
    '',
    heading('Try it'),
    `  ${toCopy(`curl '${reachable}${path}?email=${encodeURIComponent(email)}'`)}`,
    heading('Paste into SnapEngage'),
    `  ${toCopy(paste)}`,
    ...(configuration.server.publicUrl === undefined
      ? ['  It needs an HTTPS address that it can reach: set server.publicUrl.']
      : []),
    ...(key === 'YOUR-KEY'
      ? ['  Replace YOUR-KEY with a key of the tenant; `crm-bridge key` makes one.']
      : []),
    heading('Console, health and metrics'),
    `  ${opsUrl}/console/  ${opsUrl}/health  ${opsUrl}/metrics`,
    '',
  ];
  io.stdout.write(`${lines.join('\n')}\n`);
}
