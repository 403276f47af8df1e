/** The rules of the connector contract, each a check that throws when the connector breaks it. */
import { expect } from 'chai';
import type { Answer, Connector, ConnectorModule, Limits } from '../../src/connector.ts';
import { plainAnswer, plainCompany, withoutAbsent } from './connector-answers.ts';
import { connectorContext, type TestContext } from './connector-context.ts';
import { hostileAddresses } from './hostile-addresses.ts';

/** A CRM (a real server, real files) with people in it, and what is known about them. */
export interface Prepared {
  readonly module: ConnectorModule;
  /** As the configuration gives it, before the schema. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The folder that relative paths of the settings belong to. */
  readonly baseDir?: string;
  readonly limits?: Partial<Limits>;
  /** A person of whom the CRM knows much. */
  readonly known: KnownPerson;
  /** Addresses of at least three different people, normalised. */
  readonly manyKnown: readonly string[];
  /** A well-formed address that nobody has. */
  readonly unknown: string;
  /** The normalised address of a person whom the CRM holds with capital letters in the address. */
  readonly storedInMixedCase?: string;
  /** A company the CRM knows by its domain. */
  readonly companyDomain?: { readonly domain: string; readonly name: string };
  readonly unknownDomain?: string;
  /** From now on every lookup must fail (connection refused, 500, …). */
  readonly makeUnavailable?: () => Promise<void> | void;
  /** Undoes `makeUnavailable` and `hang`. */
  readonly restore?: () => Promise<void> | void;
  /** From now on the CRM takes requests and never answers them. */
  readonly hang?: () => Promise<void> | void;
  close(): Promise<void> | void;
}

export interface KnownPerson {
  /** Normalised. */
  readonly email: string;
  readonly name: string;
  readonly companyName?: string;
  /** The names of all the person's deals, at most `limits.deals`. */
  readonly deals?: readonly string[];
  /** The subjects of all the person's tickets, at most `limits.tickets`. */
  readonly tickets?: readonly string[];
}

export interface Rule {
  readonly rule: string;
  /** @throws {NotOffered} when `prepared` lacks what the rule needs. */
  readonly check: (prepared: Prepared) => Promise<void>;
}

/** The connector, or what was prepared, lacks what a rule is about. */
export class NotOffered extends Error {}

/** The closed set of `ConnectorErrorKind`. */
const kinds = [
  'timeout',
  'unavailable',
  'rate_limited',
  'quota',
  'auth',
  'bad_response',
  'misconfigured',
];

/** How long an aborted call may take to settle: generous for a busy machine, far below any deadline. */
const promptly = 1000;

const never = (): AbortSignal => new AbortController().signal;

export const connectorRules: readonly Rule[] = [
  rule('the settings have a schema that takes good ones and refuses an unknown key', async (it) => {
    const standard = it.module.settings['~standard'];
    expect(standard.version).to.equal(1);
    expect(await standard.validate(it.settings)).to.not.have.property('issues');
    const wrong = await standard.validate({ ...it.settings, notASetting: true });
    expect(wrong.issues, 'issues of an unknown key').to.not.be.undefined;
    expect(JSON.stringify(wrong.issues), 'the issue names the key').to.contain('notASetting');
    const notAnObject = await standard.validate('text');
    expect(notAnObject.issues, 'issues of a text').to.not.be.undefined;
  }),

  rule('a JSON Schema can be made of the settings', (it) => {
    const standard: object = it.module.settings['~standard'];
    expect(standard, 'the Standard Schema').to.have.property('jsonSchema');
    const { jsonSchema } = standard as { jsonSchema: { input: (o: object) => object } };
    const schema = jsonSchema.input({ target: 'draft-2020-12' });
    expect(schema).to.include({ type: 'object', additionalProperties: false });
    const names = Object.keys((schema as { properties?: object }).properties ?? {});
    expect(names, 'settings').to.include.members(Object.keys(it.settings));
    expect(names, 'what belongs to the bridge').to.not.include.members(['connector']);
    expect(names, 'what belongs to the bridge').to.not.include.members(['limits']);
  }),

  rule('opening asks nothing of the CRM, and works while it is down', async (it) => {
    await it.makeUnavailable?.();
    await open(it, (_connector, context) => {
      expect(context.observed, 'requests').to.deep.equal([]);
    });
  }),

  rule('a known person is found, in the words of the contract and plain JSON', async (it) => {
    await open(it, async (connector) => {
      const answer = await find(connector, it.known.email);
      plainAnswer(answer);
      const { contact, company } = answer;
      const name = contact.name ?? [contact.firstName, contact.lastName].filter(Boolean).join(' ');
      expect(name).to.equal(it.known.name);
      if (it.known.companyName !== undefined)
        expect(company?.name, 'company.name').to.equal(it.known.companyName);
    });
  }),

  rule("a person's deals and tickets are hers, all of them, and no one else's", async (it) => {
    const { email, deals, tickets } = it.known;
    if (deals === undefined && tickets === undefined) throw new NotOffered();
    await open(it, async (connector) => {
      const alone = await find(connector, email);
      const among = (await connector.lookupMany?.([...new Set([...it.manyKnown, email])], {
        signal: never(),
      })) ?? [[email, alone] as const];
      for (const answer of [alone, new Map(among).get(email)]) {
        if (deals) expect(answer?.deals?.map((d) => d.name) ?? []).to.have.same.members([...deals]);
        if (tickets)
          expect(answer?.tickets?.map((t) => t.subject) ?? []).to.have.same.members([...tickets]);
        expect(answer?.missing ?? [], 'missing').to.deep.equal([]);
      }
    });
  }),

  rule('an unknown person is undefined, not an error and not somebody', async (it) => {
    await open(it, async (connector) => {
      expect(await connector.lookup(it.unknown, { signal: never() })).to.be.undefined;
    });
  }),

  rule('a person whom the CRM holds with capital letters in the address is found', async (it) => {
    const address = it.storedInMixedCase;
    if (address === undefined) throw new NotOffered();
    await open(it, async (connector) => {
      await find(connector, address);
      const many = await connector.lookupMany?.([address], { signal: never() });
      if (many) expect([...many.keys()], 'known').to.deep.equal([address]);
    });
  }),

  rule('different people have different answers', async (it) => {
    expect(it.manyKnown.length, 'manyKnown').to.be.at.least(3);
    await open(it, async (connector) => {
      const answers = [];
      for (const email of it.manyKnown) answers.push(JSON.stringify(await find(connector, email)));
      expect(new Set(answers).size).to.equal(it.manyKnown.length);
    });
  }),

  rule('many at once get the same answers as each alone, and the absent are absent', async (it) => {
    await open(it, async (connector) => {
      if (!connector.lookupMany) throw new NotOffered();
      const many = await connector.lookupMany([...it.manyKnown, it.unknown], { signal: never() });
      expect([...many.keys()]).to.have.same.members([...it.manyKnown]);
      for (const email of it.manyKnown) {
        const alone = await find(connector, email);
        expect(withoutAbsent(many.get(email))).to.deep.equal(withoutAbsent(alone));
      }
      const nobody = await connector.lookupMany([it.unknown], { signal: never() });
      expect(nobody.size, 'known among the unknown').to.equal(0);
    });
  }),

  rule('a batch of maxBatch addresses works', async (it) => {
    await open(it, async (connector) => {
      if (!connector.lookupMany) throw new NotOffered();
      const size = connector.maxBatch ?? 100;
      expect(size, 'maxBatch').to.be.greaterThan(0);
      const filling = Array.from({ length: size }, (_, i) => `nobody-${i}@unknown-people.example`);
      const batch = [...it.manyKnown, ...filling].slice(0, size);
      const many = await connector.lookupMany(batch, { signal: never() });
      expect([...many.keys()]).to.have.same.members(it.manyKnown.slice(0, size));
    });
  }),

  rule('a hostile address is known or unknown, never an error, never somebody else', async (it) => {
    const hostile = hostileAddresses(it.known.email).filter((a) => !it.manyKnown.includes(a));
    await open(it, async (connector) => {
      for (const email of hostile) {
        const answer = await connector.lookup(email, { signal: never() });
        if (answer) expect(answer.contact.email?.toLowerCase(), 'whose').to.equal(email);
      }
      if (!connector.lookupMany) return;
      const size = connector.maxBatch ?? 100;
      const many = await connector.lookupMany([...hostile, it.known.email].slice(-size), {
        signal: never(),
      });
      expect(many.has(it.known.email), 'the known person is among them').to.equal(true);
      for (const [email, answer] of many)
        if (email !== it.known.email)
          expect(answer.contact.email?.toLowerCase(), 'whose').to.equal(email);
    });
  }),

  rule('many lookups side by side are all right', async (it) => {
    await open(it, async (connector) => {
      const alone = new Map<string, unknown>([[it.unknown, undefined]]);
      for (const email of it.manyKnown)
        alone.set(email, withoutAbsent(await find(connector, email)));
      const asked = Array.from({ length: 10 }, () => [...alone.keys()]).flat();
      const answers = await Promise.all(
        asked.map((email) => connector.lookup(email, { signal: never() })),
      );
      for (const [i, email] of asked.entries())
        expect(withoutAbsent(answers[i])).to.deep.equal(alone.get(email));
    });
  }),

  rule('every lookup is observed', async (it) => {
    await open(it, async (connector, context) => {
      await connector.lookup(it.known.email, { signal: never() });
      expect(context.observed, 'requests').to.not.be.empty;
      for (const { operation, status, ms } of context.observed) {
        expect(operation, 'operation').to.match(/^[a-z0-9][\w ./-]{0,60}$/i);
        expect(ms, 'ms').to.be.at.least(0);
        if (typeof status === 'string') expect(status).to.be.oneOf(['timeout', 'aborted', 'error']);
        else expect(status, 'status').to.be.within(100, 599);
      }
    });
  }),

  rule('a CRM that is down is an error with a kind and no personal data', async (it) => {
    if (!it.makeUnavailable) throw new NotOffered();
    await open(it, async (connector) => {
      await it.makeUnavailable?.();
      const calls = [connector.lookup(it.known.email, { signal: AbortSignal.timeout(5000) })];
      const failures: unknown[] = await Promise.all(calls.map(failure));
      if (connector.lookupMany)
        failures.push(
          await failure(connector.lookupMany(it.manyKnown, { signal: AbortSignal.timeout(5000) })),
        );
      if (connector.findCompany)
        failures.push(
          await failure(
            connector.findCompany(it.companyDomain?.domain ?? 'unknown-company.example', {
              signal: AbortSignal.timeout(5000),
            }),
          ),
        );
      for (const error of failures) classified(error, it);
    });
  }),

  rule('a CRM that is well again answers again', async (it) => {
    if (!it.makeUnavailable || !it.restore) throw new NotOffered();
    await open(it, async (connector) => {
      await it.makeUnavailable?.();
      await failure(connector.lookup(it.known.email, { signal: AbortSignal.timeout(5000) }));
      await it.restore?.();
      await find(connector, it.known.email);
    });
  }),

  rule('a call whose signal has aborted already fails at once', async (it) => {
    await open(it, async (connector) => {
      const signal = AbortSignal.abort();
      await failure(connector.lookup(it.known.email, { signal }));
      if (connector.lookupMany) await failure(connector.lookupMany(it.manyKnown, { signal }));
      if (connector.findCompany) await failure(connector.findCompany('acme.example', { signal }));
    });
  }),

  rule('an abort ends a call that hangs, and the next lookup starts clean', async (it) => {
    if (!it.hang) throw new NotOffered();
    await open(it, async (connector) => {
      await it.hang?.();
      const abort = new AbortController();
      const hanging = [failure(connector.lookup(it.known.email, { signal: abort.signal }))];
      if (connector.lookupMany)
        hanging.push(failure(connector.lookupMany(it.manyKnown, { signal: abort.signal })));
      setTimeout(() => abort.abort(), 100);
      await within(100 + promptly, Promise.all(hanging), 'the aborted calls');
      if (!it.restore) return;
      await it.restore();
      await find(connector, it.known.email);
    });
  }),

  rule("one caller's abort does not disturb another's lookup", async (it) => {
    await open(it, async (connector) => {
      const abort = new AbortController();
      const given = connector.lookup(it.known.email, { signal: abort.signal }).catch(() => 'gone');
      const kept = connector.lookup(it.known.email, { signal: never() });
      abort.abort();
      await within(promptly, given, 'the aborted lookup');
      expect(await kept, 'the other lookup').to.not.be.undefined;
    });
  }),

  rule('a company is found by its exact domain only', async (it) => {
    const { companyDomain, unknownDomain } = it;
    if (!companyDomain) throw new NotOffered();
    await open(it, async (connector) => {
      if (!connector.findCompany) throw new NotOffered();
      const { domain } = companyDomain;
      const company = await connector.findCompany(domain, { signal: never() });
      expect(company?.name).to.equal(companyDomain.name);
      plainCompany(company);
      const others = [`www.${domain}`, `not${domain}`, `${domain}.evil.example`, domain.slice(1)];
      for (const other of [...others, unknownDomain ?? 'unknown-company.example'])
        expect(await connector.findCompany(other, { signal: never() }), other).to.be.undefined;
    });
  }),

  rule('a check tells its findings, without personal data', async (it) => {
    await open(it, async (connector) => {
      if (!connector.check) throw new NotOffered();
      const findings = await connector.check({ signal: AbortSignal.timeout(5000) });
      expect(findings, 'findings').to.not.be.empty;
      for (const finding of findings) {
        expect(finding.level).to.be.oneOf(['ok', 'warning', 'error']);
        expect(finding.message).to.be.a('string').and.not.equal('');
        discreet(finding.message, it);
      }
      const levels = findings.map((finding) => finding.level);
      expect(levels, 'levels of a CRM that is well').to.not.include('error');
    });
  }),

  rule('the quota is unknown, or two numbers', async (it) => {
    await open(it, async (connector) => {
      await find(connector, it.known.email);
      const quota = connector.quota?.();
      if (quota === undefined) return;
      expect(quota.used, 'used').to.be.a('number').and.at.least(0);
      expect(quota.limit, 'limit').to.be.a('number').and.greaterThan(0);
      if (quota.resetsAt !== undefined) expect(quota.resetsAt).to.be.greaterThan(1.6e12);
    });
  }),

  rule('closing twice is closing once, and nothing stays open', async (it) => {
    const before = resources();
    let context: TestContext | undefined;
    await open(it, async (connector, opened) => {
      context = opened;
      await find(connector, it.known.email);
      await connector.close?.();
      await connector.close?.();
    });
    expect(context?.watched, 'files still watched').to.deep.equal([]);
    await within(3000, settled(before), 'sockets, timers and files of the closed connection');
  }),

  rule('closing one connection leaves another alone', async (it) => {
    await open(it, async (kept) => {
      await open(it, (closed) => find(closed, it.known.email));
      await find(kept, it.known.email);
    });
  }),
];

function rule(text: string, check: (prepared: Prepared) => Promise<void> | void): Rule {
  return { rule: text, check: async (prepared) => await check(prepared) };
}

/** Opens a connection, uses it, closes it; nothing it logged or noticed may tell about a person. */
async function open<T>(
  it: Prepared,
  use: (connector: Connector, context: TestContext) => Promise<T> | T,
): Promise<T> {
  const parsed = await it.module.settings['~standard'].validate(it.settings);
  if (parsed.issues) throw new Error(`the settings are refused: ${JSON.stringify(parsed.issues)}`);
  const context = connectorContext({
    ...(it.baseDir === undefined ? {} : { baseDir: it.baseDir }),
    ...(it.limits === undefined ? {} : { limits: it.limits }),
  });
  const connector = await it.module.open(parsed.value, context);
  try {
    return await use(connector, context);
  } finally {
    await connector.close?.();
    const told = [context.lines, [...context.notices], context.observed];
    discreet(JSON.stringify(told), it);
  }
}

async function find(connector: Connector, email: string): Promise<Answer> {
  const answer = await connector.lookup(email, { signal: never() });
  if (answer === undefined) throw new Error('a known person was not found');
  return answer;
}

async function failure(call: Promise<unknown>): Promise<unknown> {
  const [outcome] = await Promise.allSettled([call]);
  if (outcome.status === 'rejected') return outcome.reason;
  throw new Error(
    `expected an error, got ${outcome.value === undefined ? 'undefined' : 'an answer'}`,
  );
}

function classified(error: unknown, it: Prepared): void {
  expect(error).to.be.instanceOf(Error);
  expect((error as { kind?: unknown }).kind, 'kind').to.be.oneOf(kinds);
  for (let e: unknown = error; e instanceof Error; e = e.cause) discreet(e.message, it);
}

function discreet(text: string, it: Prepared): void {
  for (const email of [it.known.email, it.unknown, ...it.manyKnown])
    expect(text.toLowerCase().includes(email), 'an e-mail address is told').to.equal(false);
  expect(text.includes(it.known.name), 'a name is told').to.equal(false);
}

async function within<T>(ms: number, wanted: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${ms} ms`)), ms);
  });
  return await Promise.race([wanted, late]).finally(() => clearTimeout(timer));
}

/** What keeps the process alive, sorted. */
function resources(): string {
  return process.getActiveResourcesInfo().sort().join(' ');
}

/** Sockets take a few turns of the event loop to end. The turns themselves must not count as timers. */
async function settled(before: string): Promise<void> {
  while (extra(before, resources()).length > 0) await new Promise((next) => setImmediate(next));
}

function extra(before: string, now: string): readonly string[] {
  const left = before.split(' ');
  return now.split(' ').filter((resource) => {
    const i = left.indexOf(resource);
    if (i >= 0) left.splice(i, 1);
    return i < 0 && resource !== 'Immediate';
  });
}
