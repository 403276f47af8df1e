/** The settings of a connection (contract, section 9). */
import { z } from 'zod';
import { parseStatement, StatementError, type Dialect } from './statement.ts';

/** A URL, taken apart. */
export interface DatabaseUrl {
  readonly dialect: Dialect;
  /** A name, an address, or the path of a socket; of SQLite the file as it is written. */
  readonly host: string;
  readonly port: number | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
  /** `undefined`: not encrypted. Certificates are always verified. */
  readonly tls: { readonly ca?: string } | undefined;
}

const SCHEMES: Readonly<Record<string, Dialect>> = {
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
  'mysql:': 'mysql',
  'mariadb:': 'mysql',
  'sqlite:': 'sqlite',
};

const statement = z.string().trim().min(1);

export const settings = z
  .strictObject({
    url: z.string().trim().min(1).meta({
      title: 'postgres://, mysql://, mariadb:// or sqlite: with a database',
      description:
        'The database: postgres://user:password@host/name, mysql://…, mariadb://… or sqlite:FILE',
    }),
    tls: z
      .union([
        z.boolean(),
        z.strictObject({ ca: z.string().min(1).describe('Certificates of the authority, PEM') }),
      ])
      .optional()
      .describe('Encrypts the connection; the certificate is always verified'),
    person: statement.describe(
      'A SELECT with "in (:emails)" and a column "key": who has these addresses',
    ),
    deals: statement
      .optional()
      .describe('A SELECT joined by a column "contact.id", "company.id" or "key"'),
    tickets: statement
      .optional()
      .describe('A SELECT joined by a column "contact.id", "company.id" or "key"'),
    company: statement.optional().describe('A SELECT with "in (:domains)": whose domain it is'),
  })
  .superRefine(({ url, tls, ...statements }, context) => {
    const parsed = parseUrl(url, tls);
    if (typeof parsed === 'string') {
      context.addIssue({ code: 'custom', path: ['url'], message: parsed });
      return;
    }
    for (const [name, text] of Object.entries(statements)) {
      const message = problemOf(name, text, parsed.dialect);
      if (message !== undefined) context.addIssue({ code: 'custom', path: [name], message });
    }
  });

export type Settings = z.infer<typeof settings>;

const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  person: ['emails'],
  deals: ['contactIds', 'companyIds', 'emails'],
  tickets: ['contactIds', 'companyIds', 'emails'],
  company: ['domains'],
};

function problemOf(name: string, text: string, dialect: Dialect): string | undefined {
  try {
    const { placeholders } = parseStatement(text, dialect);
    const allowed = REQUIRED[name] ?? [];
    const lists = allowed.map((one) => `"in (:${one})"`).join(' or ');
    const foreign = [...placeholders].find((one) => !allowed.includes(one));
    if (foreign !== undefined) return `:${foreign} has no values here; use ${lists}`;
    return placeholders.size === 0 ? `expected ${lists} in the statement` : undefined;
  } catch (error) {
    if (error instanceof StatementError) return error.message;
    throw error;
  }
}

/** Names of parameters that say whether the connection is encrypted, as other programs write them. */
const TLS_WORDS: Readonly<Record<string, boolean>> = {
  disable: false,
  disabled: false,
  false: false,
  '0': false,
  allow: false,
  prefer: false,
  preferred: false,
  require: true,
  required: true,
  'verify-ca': true,
  verify_ca: true,
  'verify-full': true,
  verify_identity: true,
  true: true,
  '1': true,
};

/** @returns a sentence when it is not the URL of a database; it quotes nothing of it. */
export function parseUrl(text: string, tls: Settings['tls']): DatabaseUrl | string {
  const none = { port: undefined, user: undefined, password: undefined, database: undefined };
  const [scheme = ''] = /^[a-z]+:/i.exec(text) ?? [];
  const dialect = SCHEMES[scheme.toLowerCase()];
  if (dialect === undefined)
    return 'expected postgres://, mysql://, mariadb:// or sqlite: at the beginning';
  if (dialect === 'sqlite') {
    const file = text.slice(scheme.length).replace(/^\/\/(?=\/)/, '');
    if (file === '') return 'expected a file after "sqlite:"';
    if (tls !== undefined && tls !== false)
      return 'an SQLite file is not encrypted by "tls"; leave "tls" out';
    return { ...none, dialect, host: file, tls: undefined };
  }
  const url = URL.parse(text);
  const parts = url === null ? undefined : decoded(url);
  if (url === null || parts === undefined) {
    return 'expected user:password@host/database behind the scheme, with special characters percent-encoded';
  }
  let encrypted = false;
  let host = url.hostname.replace(/^\[|\]$/g, '');
  for (const [name, value] of url.searchParams) {
    if (/^(?:sslmode|ssl-mode|ssl|tls)$/.test(name)) {
      const word = TLS_WORDS[value.toLowerCase()];
      if (word === undefined)
        return `the parameter ${name} is not understood; use "tls" in the settings`;
      encrypted = word;
    } else if (/^(?:host|socket|socketPath)$/.test(name) && value.startsWith('/')) {
      host = value;
    } else {
      return 'the URL has a parameter that is not supported; there are sslmode and host (a folder of a socket)';
    }
  }
  if (host === '') return 'expected a host in the URL';
  if (parts.database === '') return 'expected the name of the database at the end of the URL';
  const ca = typeof tls === 'object' ? { ca: tls.ca } : {};
  const isEncrypted = tls === undefined ? encrypted : tls !== false;
  return { ...parts, dialect, host, tls: isEncrypted ? ca : undefined };
}

function decoded(
  url: URL,
): Pick<DatabaseUrl, 'port' | 'user' | 'password' | 'database'> | undefined {
  try {
    const text = (part: string) => (part === '' ? undefined : decodeURIComponent(part));
    return {
      port: url.port === '' ? undefined : Number(url.port),
      user: text(url.username),
      password: text(url.password),
      database: decodeURIComponent(url.pathname.slice(1)),
    };
  } catch {
    return undefined;
  }
}
