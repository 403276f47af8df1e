/** The settings of a connection. */
import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { keyMistake, readPem } from '../../src/connector/index.ts';
import { parseStatement, StatementError, type Dialect, type Placeholder } from './statement.ts';

/** A URL, taken apart. */
export interface DatabaseUrl {
  readonly dialect: Dialect;
  /** A name, an address, or the folder of a socket; of SQLite the file as it is written. */
  readonly host: string;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly database?: string | undefined;
  /** `undefined`: not encrypted. Certificates are always verified. */
  readonly tls?: { readonly ca?: string } | undefined;
}

export const SECTIONS = ['person', 'deals', 'tickets', 'company'] as const;

const statement = z.string().trim().min(1);
const related = statement.describe(
  'A SELECT joined by a column "contact.id", "company.id" or "key"',
);

export const settings = z
  .strictObject({
    url: z
      .string()
      .trim()
      .min(1)
      .describe('postgres://user:password@host/database, mysql://…, mariadb://…, or sqlite:FILE'),
    tls: z
      .union([
        z.boolean(),
        z.strictObject({
          ca: z
            .string()
            .min(1)
            .describe('Certificates of the authority, PEM')
            .transform(readPem)
            .refine(isCertificate, 'expected certificates in PEM form; from a file: ${file:PATH}'),
        }),
      ])
      .optional()
      .describe('Encrypts the connection; the certificate is always verified'),
    person: statement.describe('A SELECT with "in (:emails)" and the address in a column "key"'),
    deals: related.optional(),
    tickets: related.optional(),
    company: statement.describe('A SELECT with "in (:domains)": whose domain it is').optional(),
  })
  .superRefine((given, context) => {
    const add = (path: string, message: string) => {
      context.addIssue({ code: 'custom', path: [path], message });
    };
    const pasted = keyMistake(given.url);
    if (pasted !== undefined) return add('url', pasted);
    const url = parseUrl(given.url, given.tls);
    if (typeof url === 'string') return add('url', url);
    for (const section of SECTIONS) {
      const problem = problemOf(section, given[section], url.dialect);
      if (problem !== undefined) add(section, problem);
    }
  });

export type Settings = z.infer<typeof settings>;

const IDS = ['contactIds', 'companyIds', 'emails'] as const;
/** The placeholders that have values, by section. */
const ALLOWED: Readonly<Record<(typeof SECTIONS)[number], readonly Placeholder[]>> = {
  person: ['emails'],
  deals: IDS,
  tickets: IDS,
  company: ['domains'],
};

/** Whether at least the first of several can be used. */
function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

function problemOf(
  section: (typeof SECTIONS)[number],
  text: string | undefined,
  dialect: Dialect,
): string | undefined {
  if (text === undefined) return undefined;
  try {
    const { placeholders } = parseStatement(text, dialect);
    const lists = ALLOWED[section].map((one) => `"in (:${one})"`).join(' or ');
    const other = [...placeholders].find((one) => !ALLOWED[section].includes(one));
    if (other !== undefined) return `:${other} has no values here; use ${lists}`;
    return placeholders.size === 0 ? `expected ${lists} in the statement` : undefined;
  } catch (error) {
    if (error instanceof StatementError) return error.message;
    throw error;
  }
}

const DIALECTS: Readonly<Record<string, Dialect>> = {
  postgres: 'postgres',
  postgresql: 'postgres',
  mysql: 'mysql',
  mariadb: 'mysql',
};

/** @returns a sentence when it is not the URL of a database; it quotes nothing of it. */
export function parseUrl(text: string, tls: Settings['tls']): DatabaseUrl | string {
  const [, file] = /^sqlite:(?:\/\/)?(.*)$/is.exec(text) ?? [];
  if (file === '') return 'expected a file after "sqlite:"';
  if (file !== undefined) {
    return tls ? '"tls" is not for SQLite' : { dialect: 'sqlite', host: file };
  }
  if (/^jdbc:/i.test(text)) return 'expected the URL without the prefix that Java drivers want';
  const url = URL.parse(text);
  const dialect = DIALECTS[/^[a-z]+(?=:)/i.exec(text)?.[0].toLowerCase() ?? ''];
  if (dialect === undefined) return 'expected postgres://, mysql://, mariadb:// or sqlite:';
  const place = url === null ? undefined : placeOf(url);
  if (url === null || place === undefined) {
    return 'expected user:password@host/database after the scheme, with special characters percent-encoded';
  }
  let host = url.hostname.replaceAll(/^\[|\]$/g, '');
  let isEncrypted = false;
  for (const [name, value] of url.searchParams) {
    if (/^(?:host|socket|socketPath)$/.test(name) && value.startsWith('/')) host = value;
    else if (!/^(?:ssl-?mode|ssl|tls)$/.test(name)) {
      return 'a parameter of the URL is not supported; there are sslmode, and host for the folder of a socket';
    } else if (/^(?:required?|verify[-_](?:ca|full|identity)|true|1)$/i.test(value)) {
      isEncrypted = true;
    } else if (!/^(?:disabled?|allow|preferred|prefer|false|0)$/i.test(value)) {
      return `the parameter ${name} is not understood; use "tls" in the settings`;
    }
  }
  if (host === '' || place.database === '')
    return 'expected a host and the name of a database in the URL';
  const isWanted = tls === undefined ? isEncrypted : tls !== false;
  if (dialect === 'mysql' && isWanted && /^[\d.]+$|:/.test(host)) {
    return 'with TLS, expected the name that the certificate is made for as the host, not an address';
  }
  return {
    dialect,
    host,
    ...place,
    tls: isWanted ? (typeof tls === 'object' ? tls : {}) : undefined,
  };
}

function placeOf(url: URL) {
  const text = (part: string) => (part === '' ? undefined : decodeURIComponent(part));
  try {
    return {
      port: url.port === '' ? undefined : Number(url.port),
      user: text(url.username),
      password: text(url.password),
      database: decodeURIComponent(url.pathname.slice(1)),
    };
  } catch {
    return undefined; // A % that encodes nothing.
  }
}
