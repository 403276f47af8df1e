/** What HubSpot's responses look like, as far as they are used; everything else in them is ignored. */
import { z } from 'zod';
import { errorFor, HubSpotError, type ErrorContext, type RawResponse } from './errors.ts';

/** The types of records in use, as paths write them, with the ids that links write. */
export const objectTypes = {
  contacts: '0-1',
  companies: '0-2',
  deals: '0-3',
  tickets: '0-5',
} as const;
export type ObjectType = keyof typeof objectTypes;

/**
 * @returns the JSON of a response with a status from 200 to 299; 207 is a success with some absent.
 * @throws {HubSpotError} for every other status, and `bad_response` for HTML, a missing content type, an
 *   empty body or broken JSON. HubSpot's client would return `{}` for HTML and lose the status for the rest.
 */
export function parseJsonResponse(
  operation: string,
  response: RawResponse,
  context: ErrorContext,
): unknown {
  const { status, headers, text, isJson } = response;
  if (status < 200 || status > 299) throw errorFor(operation, response, context);
  const invalid = (what: string): HubSpotError =>
    new HubSpotError('bad_response', `HubSpot, ${operation}: ${what} (${status})`, { status });
  if (text.trim() === '') throw invalid('an empty response');
  if (headers['content-type'] === undefined) throw invalid('a response without a content type');
  if (!isJson) throw invalid('a response that is not JSON');
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The parser's message would quote the response.
    throw invalid('broken JSON');
  }
}

/** @throws {HubSpotError} `bad_response`, which quotes nothing of the response. */
export function validate<T>(schema: z.ZodType<T>, json: unknown, operation: string): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.filter((step) => typeof step === 'string').join('.');
  throw new HubSpotError(
    'bad_response',
    `HubSpot, ${operation}: a response of another shape than documented (at ${where || 'its top'})`,
  );
}

/** @param max more than that many are refused before any is read. */
const list = <T extends z.ZodType>(item: T, max = Infinity) =>
  z
    .object({ results: z.array(z.unknown()).max(max).pipe(z.array(item)) })
    .transform(({ results }) => results);

/** Every value is a text or null; a property that does not exist, or is hidden, is absent. */
const record = z.object({
  id: z.string().min(1),
  properties: z.record(z.string(), z.string().nullable()),
  /** HubSpot's own link; the client's models drop it. */
  url: z.string().nullish(),
});
export type HubSpotRecord = z.infer<typeof record>;

/**
 * Records that do not exist are absent; dated versions may leave out `errors`, which would list them.
 * @param max how many were requested.
 */
export const records = (max: number) => list(record, max);

/** The records of one type that belong to a contact. */
export interface Associated {
  /** `isPrimary` marks the company that HubSpot shows for the contact. */
  readonly records: readonly { readonly id: string; readonly isPrimary: boolean }[];
  /** There are more than HubSpot sent. */
  readonly more: boolean;
}

/** HubSpot pages the associations of one record. @returns whether there is a further page. */
const paging = z
  .unknown()
  .optional()
  .transform(
    (page) => typeof page === 'object' && page !== null && 'next' in page && page.next != null,
  );

/** A contact with the ids of what belongs to it: a company once per label, only types that have some. */
export const contact = record.extend({
  associations: z
    .record(
      z.string(),
      z
        .object({
          results: z.array(z.object({ id: z.string().min(1), type: z.string() })),
          paging,
        })
        .transform(({ results, paging: more }): Associated => ({
          records: results.map(({ id, type }) => ({
            id,
            isPrimary: type === 'contact_to_company',
          })),
          more,
        })),
    )
    .nullish(),
});
export type ContactRecord = z.infer<typeof contact>;

/** `toObjectId` is a number, whatever the documents say. */
const id = z.union([z.string().min(1), z.number().int().nonnegative()]).transform(String);

const associationType = z.object({
  category: z.string().nullish(),
  typeId: z.number().nullish(),
  label: z.string().nullish(),
});

/** The tenant's own labels have numbers and names that mean something else. */
const isPrimary = ({ category, typeId, label }: z.infer<typeof associationType>): boolean =>
  category !== 'USER_DEFINED' && (typeId === 1 || label === 'Primary');

/** By contact; one that has none is absent. */
export const associations = list(
  z
    .object({
      from: z.object({ id }),
      to: z.array(z.object({ toObjectId: id, associationTypes: z.array(associationType) })),
      paging,
    })
    .transform(({ from, to, paging: more }): readonly [string, Associated] => [
      from.id,
      {
        records: to.map(({ toObjectId, associationTypes }) => ({
          id: toObjectId,
          isPrimary: associationTypes.some(isPrimary),
        })),
        more,
      },
    ]),
).transform((entries): ReadonlyMap<string, Associated> => new Map(entries));

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

const metadata = z.record(z.string(), z.unknown()).nullish();
const stage = z.object({ id, label: z.string(), metadata });
export const pipelines = list(
  z.object({
    id,
    label: z.string(),
    stages: z.array(stage).transform((stages) => new Map(stages.map((one) => [one.id, one]))),
  }),
);
export type Pipeline = z.infer<typeof pipelines>[number];

export const properties = list(
  z.object({
    name: z.string(),
    type: z.string(),
    /** The labels, by value. */
    options: z
      .array(z.object({ value: z.string(), label: z.string() }))
      .nullish()
      .transform((options) => new Map(options?.map(({ value, label }) => [value, label]))),
    referencedObjectType: z.string().nullish(),
  }),
);
export type Property = z.infer<typeof properties>[number];

export const account = z.object({
  portalId: id,
  timeZone: z.string().nullish(),
  companyCurrency: z.string().nullish(),
  uiDomain: z.string().nullish(),
});
export type AccountDetails = z.infer<typeof account>;
