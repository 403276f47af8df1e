/** What HubSpot's answers look like, as far as they are used. Everything else in them is ignored. */
import { z } from 'zod';
import { errorFor, HubSpotError, type ErrorContext, type RawResponse } from './errors.ts';

/** The kinds of records in use, as paths call them, with the ids that links call them by. */
export const objectTypes = {
  contacts: '0-1',
  companies: '0-2',
  deals: '0-3',
  tickets: '0-5',
} as const;
export type ObjectType = keyof typeof objectTypes;

/** Every value is a text or null; a property that does not exist, or is hidden, is absent. */
const record = z.object({
  id: z.string().min(1),
  properties: z.record(z.string(), z.string().nullable()),
  /** HubSpot's own link; the client's models drop it. */
  url: z.string().nullish(),
});
export type HubSpotRecord = z.infer<typeof record>;

/** Associations of a single record: ids and kinds, a company once per label, only what there is. */
export const contact = record.extend({
  associations: z
    .record(
      z.string(),
      z.object({
        results: z.array(z.object({ id: z.string().min(1), type: z.string() })),
        paging: z.unknown().optional(),
      }),
    )
    .nullish(),
});
export type ContactRecord = z.infer<typeof contact>;

/** `errors` tells who is missing, but dated versions may leave it out: the difference of ids tells as well. */
export const records = z.object({ results: z.array(record) });

/** `toObjectId` is a number, whatever the documents say. */
const id = z.union([z.string().min(1), z.number().int().nonnegative()]).transform(String);

export const associations = z.object({
  results: z.array(
    z.object({
      from: z.object({ id }),
      to: z.array(
        z.object({
          toObjectId: id,
          associationTypes: z.array(
            z.object({
              category: z.string().nullish(),
              typeId: z.number().nullish(),
              label: z.string().nullish(),
            }),
          ),
        }),
      ),
      paging: z.unknown().optional(),
    }),
  ),
});
export type Associated = z.infer<typeof associations>['results'][number]['to'][number];

export const owners = z.object({
  results: z.array(
    z.object({
      id,
      email: z.string().nullish(),
      firstName: z.string().nullish(),
      lastName: z.string().nullish(),
    }),
  ),
  paging: z.object({ next: z.object({ after: z.string() }).nullish() }).nullish(),
});
export type OwnerRecord = z.infer<typeof owners>['results'][number];

export const pipelines = z.object({
  results: z.array(
    z.object({
      id,
      label: z.string(),
      stages: z.array(
        z.object({
          id,
          label: z.string(),
          metadata: z.record(z.string(), z.unknown()).nullish(),
        }),
      ),
    }),
  ),
});
export type Pipeline = z.infer<typeof pipelines>['results'][number];

export const properties = z.object({
  results: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      options: z.array(z.object({ value: z.string(), label: z.string() })).nullish(),
      referencedObjectType: z.string().nullish(),
    }),
  ),
});
export type Property = z.infer<typeof properties>['results'][number];

export const account = z.object({
  portalId: id,
  timeZone: z.string().nullish(),
  companyCurrency: z.string().nullish(),
  uiDomain: z.string().nullish(),
});
export type AccountDetails = z.infer<typeof account>;

/** @throws {HubSpotError} `bad_response`, without a word of the answer. */
export function validate<T>(schema: z.ZodType<T>, json: unknown, operation: string): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.filter((step) => typeof step === 'string').join('.');
  throw new HubSpotError(
    'bad_response',
    `HubSpot, ${operation}: an answer of another shape than documented (at ${where || 'its top'})`,
  );
}

/**
 * @returns the JSON of an answer with a status from 200 to 299; 207 is a success with some absent.
 * @throws {HubSpotError} for every other status, and `bad_response` for HTML, a missing content type, an
 *   empty body or broken JSON. HubSpot's client would give `{}` for HTML and lose the status for the rest.
 */
export function parseJsonResponse(
  operation: string,
  answer: RawResponse,
  given: ErrorContext,
): unknown {
  if (answer.status < 200 || answer.status > 299) throw errorFor(operation, answer, given);
  const type = answer.headers['content-type'] ?? '';
  const senseless = (what: string): HubSpotError =>
    new HubSpotError('bad_response', `HubSpot, ${operation}: ${what} (${answer.status})`, {
      status: answer.status,
    });
  if (answer.text.trim() === '') throw senseless('an empty answer');
  if (type === '') throw senseless('an answer without a content type');
  if (!/^application\/([\w.+-]+\+)?json\b/i.test(type))
    throw senseless('an answer that is not JSON');
  try {
    return JSON.parse(answer.text) as unknown;
  } catch {
    // The parser's message would quote the answer.
    throw senseless('broken JSON');
  }
}
