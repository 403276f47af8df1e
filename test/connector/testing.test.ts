import { execFile } from 'node:child_process';
import process from 'node:process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { z } from 'zod';
import {
  type PersonRecord,
  type CallOptions,
  type Connector,
  type ConnectorContext,
} from '../../src/connector/index.ts';
import { ConnectorError, WrongPersonError } from '../../src/connector/errors.ts';
import { preparePeopleApi } from '../support/people-api-server.ts';
import { NotOffered, type Prepared } from '../../src/connector/testing/rule.ts';
import { connectorRules } from '../../src/connector/testing/all-rules.ts';

/** What a wrong connector does instead of what the right one does. */
type Fault = (right: Required<Connector>, context: ConnectorContext) => Partial<Connector>;

const TESTING = new URL('../../src/connector/testing/index.ts', import.meta.url).href;

const never = (): CallOptions => ({ signal: new AbortController().signal });
const jane = 'jane@acme.example';

/** What is wrong, and a word of the rule that catches it. */
const faults: readonly (readonly [what: string, fault: Fault, caughtBy: RegExp])[] = [
  [
    'asks the CRM when it is opened',
    (_, context) => (context.recordRequest({ operation: 'ping', status: 200, ms: 1 }), {}),
    /opening asks nothing/,
  ],
  ['answers with a Date', spoilAnswer({ createdAt: new Date() }), /plain JSON/],
  ['answers with an instance of a class', spoilAnswer({ fields: new Map() }), /plain JSON/],
  ['answers with a key the contract lacks', spoilAnswer({ Loyalty__c: 'gold' }), /plain JSON/],
  ['answers with an empty text', spoilAnswer({ title: '' }), /plain JSON/],
  [
    'answers with a date that cannot be parsed',
    spoilAnswer({ createdAt: '24.11.2026' }),
    /plain JSON/,
  ],
  [
    'has one answer for everybody',
    (right) => ({ lookup: (_, options) => right.lookup(jane, options) }),
    /unknown person/,
  ],
  [
    'throws for an unknown person',
    (right) => ({
      lookup: async (email, options) => {
        const answer = await right.lookup(email, options);
        if (answer === undefined) throw new ConnectorError('bad_response', 'no such person');
        return answer;
      },
    }),
    /unknown person/,
  ],
  [
    'believes what comes back',
    (right) => ({
      lookup: (email, options) =>
        right.lookup(email, options).catch((error: Error) => {
          if (!error.message.includes('another person')) throw error;
          return { contact: { id: '2', name: 'Joe Bloggs', email } };
        }),
    }),
    /without the address/,
  ],
  [
    'fails everybody in a batch for one wrong person',
    (right) => ({
      async lookupMany(emails, options) {
        const answers = await right.lookupMany(emails, options);
        for (const answer of answers.values()) if (answer instanceof Error) throw answer;
        return answers;
      },
    }),
    /without the address/,
  ],
  [
    'matches with wildcards',
    (right) => ({
      lookup: (email, options) =>
        right.lookup(/^[%_*]/.test(email) ? email.replace(/^.*@/, 'jane@') : email, options),
    }),
    /hostile address/,
  ],
  [
    'stumbles over a quote',
    (right) => ({
      lookup: async (email, options) => {
        if (email.includes("'")) throw new ConnectorError('bad_response', 'malformed query');
        return await right.lookup(email, options);
      },
    }),
    /hostile address/,
  ],
  [
    'splits a batch at commas',
    (right) => ({
      lookupMany: (emails, options) => right.lookupMany(emails.join(',').split(','), options),
    }),
    /hostile address/,
  ],
  [
    'mixes the people of a batch up',
    (right) => ({
      async lookupMany(emails, options) {
        const many = [...(await right.lookupMany(emails, options))];
        const turned = many.map(([, answer]) => answer).reverse();
        return new Map(many.map(([email, answer], i) => [email, turned[i] ?? answer]));
      },
    }),
    /many at once/,
  ],
  [
    'forgets the last of a full batch',
    (right) => ({
      maxBatch: 3,
      lookupMany: (emails, options) => right.lookupMany(emails.slice(0, 2), options),
    }),
    /maxBatch/,
  ],
  [
    'takes an error for an empty answer',
    (right) => ({
      lookup: (email, options) => right.lookup(email, options).catch(() => undefined),
    }),
    /CRM that is down/,
  ],
  [
    'takes the error of a batch for an empty answer',
    (right) => ({
      lookupMany: (emails, options) => right.lookupMany(emails, options).catch(() => new Map()),
    }),
    /CRM that is down/,
  ],
  ['throws errors without a kind', failWith(() => new Error('it is down')), /CRM that is down/],
  [
    'throws errors of a kind the contract lacks',
    failWith(() => Object.assign(new Error('it is down'), { kind: 'down' })),
    /CRM that is down/,
  ],
  [
    'puts the address into an error',
    failWith((email) => new ConnectorError('unavailable', `no answer for ${email}`)),
    /CRM that is down/,
  ],
  [
    "puts the CRM's text into a cause",
    failWith(() => {
      const cause = new Error('maintenance of jane@acme.example');
      return new ConnectorError('unavailable', 'it is down', { cause });
    }),
    /CRM that is down/,
  ],
  [
    'never recovers',
    (right) => {
      let broken = false;
      return {
        async lookup(email, options) {
          if (broken) throw new ConnectorError('unavailable', 'it is down');
          return await right.lookup(email, options).catch((error: unknown) => {
            broken = true;
            throw error;
          });
        },
      };
    },
    /recovered/,
  ],
  ['ignores the signal', ignoreSignal, /hangs/],
  ['asks though the signal has aborted', ignoreSignal, /aborted already/],
  [
    'shares one call between callers, and its abort too',
    (right) => {
      let shared: Promise<PersonRecord | undefined> | undefined;
      return { lookup: (email, options) => (shared ??= right.lookup(email, options)) };
    },
    /does not disturb/,
  ],
  [
    'reports no request',
    () => ({ lookup: () => Promise.resolve(undefined) }),
    /reported by recordRequest/,
  ],
  [
    'logs the address',
    (right, { log }) => ({
      lookup: (email, options) => (log.debug('asking', { email }), right.lookup(email, options)),
    }),
    /plain JSON/,
  ],
  [
    'links to something else than a page',
    (right) => ({
      async lookup(email, options) {
        const person = await right.lookup(email, options);
        if (person == null) return undefined;
        return { ...person, contact: { ...person.contact, url: 'javascript:alert(1)' } };
      },
    }),
    /plain JSON/,
  ],
  [
    'finds a company by the end of its domain',
    () => ({
      findCompany: (domain) =>
        Promise.resolve(domain.endsWith('acme.example') ? { name: 'ACME GmbH' } : undefined),
    }),
    /exact domain/,
  ],
  [
    'names a person in a finding',
    () => ({ check: () => Promise.resolve([{ level: 'ok', message: `found ${jane}` }]) }),
    /findings/,
  ],
  ['has a quota of nothing', () => ({ quota: () => ({ used: 0, limit: 0 }) }), /quota/],
  ['leaves sockets open', () => ({ close: () => undefined }), /nothing stays open/],
  [
    'leaves a file watched',
    (_, context) => (context.watchFile(context.resolvePath('x'), () => undefined), {}),
    /nothing stays open/,
  ],
  [
    'stumbles when it is closed twice',
    (right) => {
      let open = true;
      return {
        async close() {
          if (!open) throw new Error('closed already');
          open = false;
          await right.close();
        },
      };
    },
    /closing twice/,
  ],
];

describe('the connector contract suite', () => {
  for (const { rule, check } of connectorRules) {
    it(`lets a right connector pass: ${rule}`, async () => {
      const prepared = await prepare(() => ({}));
      try {
        await check(prepared);
      } catch (error) {
        if (!(error instanceof NotOffered)) throw error;
      } finally {
        await prepared.close();
      }
    });
  }

  for (const [what, fault, caughtBy] of faults) {
    it(`catches a connector that ${what}`, async () => {
      const rules = connectorRules.filter(({ rule }) => caughtBy.test(rule));
      expect(rules, 'the rule').to.have.length(1);
      const prepared = { ...(await prepare(fault)), endMs: 200 };
      try {
        const [outcome] = await Promise.allSettled(rules.map(({ check }) => check(prepared)));
        expect(outcome?.status).to.equal('rejected');
        expect(outcome).to.have.property('reason').that.is.not.instanceOf(NotOffered);
      } finally {
        await prepared.close();
      }
    });
  }

  it('says what `prepare` lacks that it must return', async () => {
    const suite = `import { describeConnector } from ${JSON.stringify(TESTING)};
      describeConnector('mine', async () => ({ module: {}, known: {}, close() {} }));`;
    const words = ['--test-reporter', 'tap', '--input-type', 'module', '--eval', suite];
    const { stdout } = await promisify(execFile)(process.execPath, words).catch(
      (error: unknown) => error as { readonly stdout: string },
    );
    expect(stdout).to.include('prepare must return `settings`, `manyKnown`, `unknown`, too');
    expect(stdout).not.to.include('iterable');
  });

  it('catches settings that take anything', async () => {
    const prepared = await prepare(() => ({}));
    const loose = { ...prepared, module: { ...prepared.module, settings: z.looseObject({}) } };
    for (const words of [/refuses an unknown key/, /JSON Schema/]) {
      const rule = connectorRules.find((candidate) => words.test(candidate.rule));
      const outcome = await rule?.check(loose).then(
        () => 'passed',
        () => 'caught',
      );
      expect(outcome).to.equal('caught');
    }
    await prepared.close();
  });
});

/** The example connector with everything optional added, and the fault in it. */
async function prepare(fault: Fault): Promise<Prepared> {
  const prepared = await preparePeopleApi();
  return {
    ...prepared,
    companyDomain: { domain: 'acme.example', name: 'ACME GmbH' },
    module: {
      settings: prepared.module.settings,
      async open(settings, context) {
        const example = await prepared.module.open(settings, context);
        const right = complete(example, context);
        return { ...right, ...fault(right, context) };
      },
    },
  };
}

function complete(example: Connector, context: ConnectorContext): Required<Connector> {
  return {
    maxBatch: 10,
    pauseMs: () => 0,
    ready: () => Promise.resolve(),
    close: () => undefined,
    ...example,
    async lookupMany(emails, options) {
      const answers = await Promise.all(
        emails.map(async (email) => {
          const answer = await example.lookup(email, options).catch((error: unknown) => {
            if (error instanceof WrongPersonError) return error;
            throw error;
          });
          return [email, answer] as const;
        }),
      );
      return new Map(answers.flatMap(([email, answer]) => (answer ? [[email, answer]] : [])));
    },
    async findCompany(domain, options) {
      const answer = await example.lookup(`jane@${domain}`, options);
      return answer?.company ?? undefined;
    },
    async check(options) {
      await example.lookup('x@unknown.example', options);
      return [{ level: 'ok', message: 'the people API answers' }];
    },
    quota: () => ({ used: context.clock.now() > 0 ? 1 : 0, limit: 1000 }),
  };
}

function spoilAnswer(words: object): Fault {
  return (right) => ({
    async lookup(email, options) {
      const answer = await right.lookup(email, options);
      return answer && { ...answer, contact: { ...answer.contact, ...words } };
    },
  });
}

function failWith(error: (email: string) => Error): Fault {
  return (right) => ({
    lookup: (email, options) =>
      right.lookup(email, options).catch(() => {
        throw error(email);
      }),
  });
}

function ignoreSignal(right: Required<Connector>): Partial<Connector> {
  return { lookup: (email) => right.lookup(email, never()) };
}
