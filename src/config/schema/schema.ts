/** The keys of the YAML files, their types, defaults and descriptions. A connector's own keys are its own. */
import { z } from 'zod';
import { DEFAULT_LOCALE } from '../../model/intl.ts';
import * as type from './setting-types.ts';

/** Of a tenant: each request is held against as many as any tenant has. */
const MAX_KEYS = 100;

const server = z.strictObject({
  host: type.host('The address to listen on.').prefault('0.0.0.0'),
  port: type.port('The port to listen on; 0 takes any free one.').prefault(8080),
  publicUrl: type
    .publicUrl('How the service is reached from outside; for the URL to paste into SnapEngage.')
    .optional(),
  trustProxy: type
    .trustProxy('Whose X-Forwarded-For is believed: proxies in front of the service.')
    .prefault('loopback'),
  drainTimeout: type.duration('How long requests in flight may take at shutdown.').prefault('10s'),
  wrongKeys: z
    .strictObject({
      attempts: type
        .integer(1, 1_000_000, 'Wrong keys allowed per client address and `per`.')
        .prefault(20),
      per: type.duration('Length of the window.').prefault('1m'),
    })
    .meta({ description: 'Wrong keys from one client address; then it gets 429.' })
    .prefault({}),
});

const ops = z.strictObject({
  host: type
    .host('The address of the ops listener; never one that the internet reaches.')
    .prefault('127.0.0.1'),
  port: type.port('The port of the ops listener.').prefault(9090),
  key: type
    .bearerKey('Protects the ops listener; required when host is not a loopback address.')
    .optional(),
  hosts: z
    .array(type.host('A host name.'))
    .meta({
      title: 'a list of host names',
      description:
        'Names by which the ops listener is reached, besides IP addresses, localhost and host.',
    })
    .prefault([]),
});

const log = z.strictObject({
  level: z
    .enum(['error', 'warn', 'info', 'debug'])
    .meta({ description: 'The least that is logged.' })
    .prefault('info'),
  format: z
    .enum(['json', 'pretty'])
    .meta({
      description:
        'One JSON object a line, or text for people; pretty on a terminal if left out, else json.',
    })
    .optional(),
});

const cache = z.strictObject({
  maxEntries: type.integer(1, 10_000_000, 'The most people that are cached.').prefault(50_000),
  maxSize: type
    .size('What the cached people may take in memory; the least recently used go first.')
    .prefault('128MB'),
  ttl: type.duration('A found person is fresh for this long.', { min: 0 }).prefault('5m'),
  notFoundTtl: type
    .duration('That a person is not found is cached for this long.', { min: 0 })
    .prefault('30s'),
  staleTtl: type
    .duration(
      'After ttl, for this long, a person is answered at once and refreshed in the background; also shown while the CRM is down.',
      { min: 0 },
    )
    .prefault('1h'),
});

/** Without it each process has its memory alone. */
const shared = z.strictObject({
  url: type.redisUrl(
    'The Redis or Valkey that the processes share, with the password if it has one.',
  ),
  keys: type
    .unique(z.array(type.sharedKey()).min(1).max(10))
    .meta({
      title: 'a list of 1 to 10 keys',
      description:
        'What is in Redis is encrypted with the first, and read with any of them; may be left out when Redis is on this machine.',
    })
    .optional(),
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9_.:-]{1,64}$/)
    .meta({
      title: 'a text of 1 to 64 letters, digits and _.:-',
      description: 'What all names in Redis begin with.',
    })
    .prefault('crm-bridge'),
});

/** Of a connection; part of the contract with connectors. */
const limits = z.strictObject({
  deals: type.integer(0, 100, 'The most deals an agent sees.').prefault(5),
  tickets: type.integer(0, 100, 'The most tickets an agent sees.').prefault(5),
  concurrency: type.integer(1, 100, 'The most lookups in flight at once.').prefault(4),
  quotaReserve: type
    .fraction("The share of the CRM's quota of calls that is not used.")
    .prefault(0.1),
});

/** The bridge's own keys of a connection; all others belong to its connector. */
export const connectionSchema = z.looseObject({
  connector: type.name(
    'the name of a connector',
    'The connector: csv, salesforce, hubspot, or a custom one.',
  ),
  limits: limits
    .meta({ description: 'How much is asked of the CRM and shown of it.' })
    .prefault({}),
});

const rateLimit = z.strictObject({
  requests: type.integer(1, 10_000_000, 'Requests allowed in `per`.').prefault(600),
  per: type.duration('Length of the window.').prefault('1m'),
});

export const tenantSchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .meta({ description: 'How the tenant is called in texts; its name in the file if left out.' })
    .optional(),
  keys: type.unique(z.array(type.tenantKey()).min(1).max(MAX_KEYS)).meta({
    title: `a list of 1 to ${MAX_KEYS} keys`,
    description:
      'Any of them opens the tenant: plain, or sha256: and the SHA-256 of the key in hex. At most 100.',
  }),
  connections: type
    .unique(z.array(type.name('the name of a connection', 'A connection.')).min(1))
    .meta({
      title: 'a list of connections',
      description: 'Where people are looked up, in this order.',
    }),
  strategy: z
    .enum(['first', 'merge'])
    .meta({
      description:
        'first: the first connection that knows the person; merge: all of them put together.',
    })
    .prefault('first'),
  template: type
    .name(
      'the name of a template folder',
      'The templates of the answers; states it lacks come from default.',
    )
    .prefault('default'),
  templatesDir: folder(
    'Where the template is looked for first; goes before the one at the top.',
  ).optional(),
  deadline: type.duration('For the whole answer.').prefault('3s'),
  locale: type.locale('How numbers and dates are written.').default(DEFAULT_LOCALE),
  timeZone: type.timeZone('In which times are shown.').default('UTC'),
  currency: type
    .currency('Of amounts that name none; left out, such an amount is a number.')
    .optional(),
  ignoreEmails: z
    .array(type.emailPattern())
    .meta({
      title: 'a list of addresses',
      description: 'Addresses that are never looked up; * is any text.',
    })
    .prefault(['*@snapengage.com', '*@snapabug.com']),
  companyByDomain: type
    .boolean("If no person has the address, whether to find the company by the e-mail's domain.")
    .prefault(true),
  maxLength: type.integer(20, 100_000, 'The most characters of an answer.').prefault(4000),
  lineSeparator: z
    .string()
    .min(1)
    .max(20)
    .meta({
      title: 'a text of 1 to 20 characters',
      description: 'What goes between the lines of an answer.',
    })
    .prefault('\n'),
  unavailableStatus: type
    .answerStatus('The HTTP status when no connection answered in time.')
    .prefault(200),
  rateLimit: rateLimit.meta({ description: 'The most requests; then 429.' }).prefault({}),
  allowFrom: z
    .array(type.network())
    .meta({
      title: 'a list of addresses and ranges',
      description: 'Client addresses that may ask; empty: all.',
    })
    .prefault([]),
  json: type
    .boolean('Whether the key may also ask for JSON, with the whole profile besides the text.')
    .prefault(false),
});

const parts = {
  include: z
    .array(z.string().min(1))
    .meta({
      title: 'a list of paths and patterns',
      description:
        'Further files with connections and tenants; * and ** match names of files and folders.',
    })
    .prefault([]),
  connections: named('a name of a connection', connectionSchema)
    .meta({
      description: 'One per CRM account; tenants share its cache, token, limits and circuit.',
    })
    .prefault({}),
  tenants: named('a name of a tenant', tenantSchema)
    .meta({ description: 'Who may ask, where they are looked up and how the answer looks.' })
    .prefault({}),
};

/** A file that `include` names. */
export const includeSchema = z.strictObject(parts);

/** The main file. */
export const bridgeSchema = z.strictObject({
  server: server.meta({ description: 'The listener that SnapEngage calls.' }).prefault({}),
  ops: ops.meta({ description: 'The listener for health, metrics, reload.' }).prefault({}),
  log: log.meta({ description: 'What is logged to standard output.' }).prefault({}),
  cache: cache.meta({ description: 'How long answers of the CRM are kept.' }).prefault({}),
  shared: shared
    .meta({ description: 'What several processes share, so that they answer like one.' })
    .optional(),
  publicMailDomains: z
    .array(type.mailDomain())
    .meta({
      title: 'a list of domains',
      description:
        "Further domains that belong to mail providers, so to no company; the usual providers' are known.",
    })
    .prefault([]),
  templatesDir: folder(
    'Where template folders are looked for before the built-in ones.',
  ).optional(),
  connectorsDir: folder('Where connectors are looked for before the built-in ones.').optional(),
  ...parts,
});

/** The same without what is in connections and tenants, which are checked one by one. */
const unchecked = {
  connections: named('a name of a connection', z.unknown()).prefault({}),
  tenants: named('a name of a tenant', z.unknown()).prefault({}),
};
export const includeFrame = includeSchema.extend(unchecked);
export const bridgeFrame = bridgeSchema.extend(unchecked);

/** How a file is written, as JSON Schema. */
export function inputSchema(schema: z.ZodType): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(schema, { io: 'input' });
}

export type BridgeFile = z.output<typeof bridgeFrame>;
export type Tenant = z.output<typeof tenantSchema>;

function folder(description: string) {
  return z.string().min(1).meta({ title: 'the path of a folder', description });
}

function named<T extends z.ZodType>(title: string, value: T) {
  return z.record(z.string().regex(type.NAME).meta({ title }), value);
}
