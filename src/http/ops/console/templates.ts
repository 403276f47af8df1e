/** What the editor of templates asks for. Nothing is written: changed texts come with the request. */
import { basename, dirname } from 'node:path';
import { previewContexts, type PreviewContexts } from '../../../bridge/template-preview.ts';
import { builtinTemplatesDir } from '../../../config/folders.ts';
import { languageCompletions } from '../../../render/completion.ts';
import { DraftRunner } from '../../../render/draft-runner.ts';
import { draftFiles } from '../../../render/draft.ts';
import { parseDate } from '../../../render/parse-date.ts';
import { SAMPLE_PEOPLE } from '../../../render/sample-people.ts';
import type { TemplateContext } from '../../../render/template-set.ts';
import type { Route } from '../../base-app.ts';
import { sendJson } from '../../respond.ts';
import { findTenant, type OpsContext } from '../context.ts';
import { evaluate, personIn, readDraft } from './draft-body.ts';

/** More are not read. */
const MAX_PROBLEMS = 100;

export function templateRoutes(context: OpsContext): readonly Route[] {
  const drafts = new DraftRunner();
  return [
    filesRoute(context),
    completionRoute(),
    checkRoute(context, drafts),
    previewRoute(context, drafts),
  ];
}

/** A tenant's files as they are on the disk, and how the tenant wants texts to look. */
function filesRoute(context: OpsContext): Route {
  return {
    path: '/console/api/templates/:tenant',
    handlers: {
      GET: (request, response) => {
        const tenant = findTenant(context, request.params['tenant'], response);
        if (tenant === undefined) return;
        const { templates, locale, timeZone, currency, lineSeparator, maxLength } =
          tenant.configuration;
        const product = builtinTemplatesDir();
        sendJson(response, 200, {
          set: templates.name,
          files: draftFiles(templates.sources).map(({ path, ...file }) => ({
            ...file,
            path,
            /** The folder it is in: that of the set, `default` or `partials`. */
            folder: basename(dirname(path)),
            isShipped: dirname(dirname(path)) === product,
          })),
          ...{ locale, timeZone, currency, lineSeparator, maxLength },
          samples: Object.keys(SAMPLE_PEOPLE),
        });
      },
    },
  };
}

function completionRoute(): Route {
  return {
    path: '/console/api/completion',
    handlers: {
      GET: (_request, response) => sendJson(response, 200, languageCompletions()),
    },
  };
}

/** Everything that is wrong with the changed files, as `check` finds it, errors first; and the pieces there are. */
function checkRoute(context: OpsContext, drafts: DraftRunner): Route {
  return {
    path: '/console/api/templates/:tenant/check',
    handlers: {
      POST: async (request, response) => {
        const draft = await readDraft(context, request, response);
        if (draft === undefined) return;
        const result = await evaluate(drafts, draft, [], response);
        if (result === undefined) return;
        const { problems, pieces } = result;
        const warnings = problems.filter(({ severity }) => severity === 'warning');
        const errors = problems.filter(({ severity }) => severity === 'error');
        sendJson(response, 200, {
          problemCount: problems.length,
          warningCount: warnings.length,
          problems: [...errors, ...warnings].slice(0, MAX_PROBLEMS),
          pieces,
        });
      },
    },
  };
}

/** Every outcome as an agent would see it, for a sample person or a real one, now or at another time. */
function previewRoute(context: OpsContext, drafts: DraftRunner): Route {
  return {
    path: '/console/api/templates/:tenant/preview',
    handlers: {
      POST: async (request, response) => {
        const draft = await readDraft(context, request, response);
        if (draft === undefined) return;
        const person = personIn(draft.body);
        const at = draft.body['at'];
        if (person === undefined) {
          sendJson(response, 400, { error: 'the body has neither a sample nor an email' });
          return;
        }
        if (at !== undefined && (typeof at !== 'string' || parseDate(at) === undefined)) {
          sendJson(response, 400, { error: 'at is not a time such as 2026-11-24T14:05' });
          return;
        }
        const found = await previewContexts(context.bridge, draft.tenant, { person, at });
        if (found === undefined) {
          sendJson(response, 502, { error: 'the lookup failed: see the log of the service' });
          return;
        }
        const contexts = found.outcomes.flatMap((outcome) => outcome.context ?? []);
        const result = await evaluate(drafts, draft, contexts, response);
        if (result === undefined) return;
        sendJson(response, 200, {
          outcome: found.context.outcome,
          missing: found.context.source.missing,
          person: { name: found.context.contact?.name ?? null },
          fields: fieldsOf(found.context),
          at: found.outcomes.find(({ as }) => as === 'no_email')?.context?.now,
          hasMistakes: result.problems.some(({ severity }) => severity === 'error'),
          previews: previewsOf(found, result.rendered),
        });
      },
    },
  };
}

function previewsOf(
  { outcomes }: PreviewContexts,
  rendered: readonly { readonly text: string; readonly failure?: string }[],
) {
  if (rendered.length === 0) return [];
  const results = rendered.values();
  return outcomes.map(({ as, context }) =>
    context === undefined ? { as } : { as, ...results.next().value },
  );
}

/** The CRM's own fields: their names are known by a person only. */
function fieldsOf({ contact, company, deals, tickets }: TemplateContext) {
  return {
    'contact.fields': contact?.fields ?? {},
    'company.fields': company?.fields ?? {},
    'deals[].fields': deals[0]?.fields ?? {},
    'tickets[].fields': tickets[0]?.fields ?? {},
  };
}
