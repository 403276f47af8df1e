/** The changed templates in a request of the editor, and how they are evaluated. */
import type { Request, Response } from 'express';
import type { Tenant } from '../../../bridge/tenant.ts';
import { DraftsBusyError, type DraftRunner } from '../../../render/draft-runner.ts';
import type { DraftTexts } from '../../../render/draft.ts';
import { SAMPLE_PEOPLE } from '../../../render/sample-people.ts';
import type { TemplateContext } from '../../../render/template-set.ts';
import { sendJson } from '../../respond.ts';
import { findTenant, type OpsContext } from '../context.ts';
import { readJsonBody } from '../json-body.ts';

/** All files that an editor changed, as JSON. */
const MAX_BODY_BYTES = 1_000_000;

interface DraftBody {
  readonly tenant: Tenant;
  readonly texts: DraftTexts;
  readonly body: Readonly<Record<string, unknown>>;
}

/** @returns what the body holds; `undefined` after an answer that says what is wrong with it. */
export async function readDraft(
  context: OpsContext,
  request: Request,
  response: Response,
): Promise<DraftBody | undefined> {
  const body = await readJsonBody(request, response, MAX_BODY_BYTES);
  if (body === undefined) return undefined;
  const tenant = findTenant(context, request.params['tenant'], response);
  if (tenant === undefined) return undefined;
  const { texts } = body;
  if (isTexts(texts)) return { tenant, texts, body };
  sendJson(response, 400, { error: 'texts must have the text of each changed file by its name' });
  return undefined;
}

function isTexts(value: unknown): value is DraftTexts {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((text) => typeof text === 'string')
  );
}

/** The person to show: `{"sample"}` or `{"email"}`. */
export function personIn({ sample, email }: Readonly<Record<string, unknown>>) {
  if (typeof email === 'string') return { email };
  const names = Object.keys(SAMPLE_PEOPLE) as (keyof typeof SAMPLE_PEOPLE)[];
  const name = names.find((each) => each === sample);
  return name === undefined ? undefined : { sample: name };
}

/** @returns `undefined` when it was answered, or is no longer wanted. */
export async function evaluate(
  drafts: DraftRunner,
  { tenant, texts }: DraftBody,
  contexts: readonly TemplateContext[],
  response: Response,
) {
  const { templates, locale, timeZone, currency, lineSeparator, maxLength } = tenant.configuration;
  const style = { locale, timeZone, currency, lineSeparator, maxLength };
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    return await drafts.run({ sources: templates.sources, texts, style, contexts }, gone.signal);
  } catch (error) {
    if (gone.signal.aborted) return undefined;
    if (!(error instanceof DraftsBusyError)) throw error;
    sendJson(response, 503, { error: 'too many templates are being checked, please try again' });
    return undefined;
  }
}
