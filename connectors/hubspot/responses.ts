/** What HubSpot's responses look like, as far as they are used; everything else in them is ignored. */
import { z } from 'zod';
import { ConnectorError, type Owner } from '../../src/connector/index.ts';
import { fullName, parseTimeZone } from './values.ts';

/** The types of records in use, as paths write them, with the ids that links write. */
export const objectTypes = {
  contacts: '0-1',
  companies: '0-2',
  deals: '0-3',
  tickets: '0-5',
} as const;
export type ObjectType = keyof typeof objectTypes;

/**
 * @param maxResults a response with more is refused before any of them is read.
 * @throws {ConnectorError} `bad_response`, which quotes nothing of the response.
 */
export function validate<T>(
  schema: z.ZodType<T>,
  json: unknown,
  operation: string,
  maxResults = Infinity,
): T {
  const { results } = Object(json) as { readonly results?: unknown };
  if (Array.isArray(results) && results.length > maxResults) throw invalid(operation, 'results');
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.filter((step) => typeof step === 'string').join('.');
  throw invalid(operation, where || 'its top');
}

function invalid(operation: string, where: string): ConnectorError {
  const message = `HubSpot, ${operation}: a response of another shape than documented (at ${where})`;
  return new ConnectorError('bad_response', message);
}

const list = <T extends z.ZodType>(item: T) =>
  z.object({ results: z.array(item) }).transform(({ results }) => results);

/** Every value is a text or null; a property that does not exist, or is hidden, is absent. */
const record = z.object({
  id: z.string().min(1),
  properties: z.record(z.string(), z.string().nullable()),
  /** HubSpot's own link; the client's models drop it. */
  url: z.string().nullish(),
});
export type HubSpotRecord = z.infer<typeof record>;

/** Records that do not exist are absent; dated versions may leave out `errors`, which would list them. */
export const records = list(record);

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

/** One page of owners; `after` leads to the next. */
export const owners = z
  .object({
    results: z.array(
      z.object({
        id,
        email: z.string().nullish(),
        firstName: z.string().nullish(),
        lastName: z.string().nullish(),
      }),
    ),
    paging: z.object({ next: z.object({ after: z.string() }).nullish() }).nullish(),
  })
  .transform(({ results, paging: page }) => ({
    after: page?.next?.after,
    owners: results.map(({ id: owner, firstName, lastName, email = null }) => {
      const named: Owner = { name: fullName(firstName, lastName), email };
      return [owner, named] as const;
    }),
  }));

const metadata = z.record(z.string(), z.unknown()).nullish();
const stage = z.object({ id, label: z.string(), metadata });
/** By id, with stages by id. */
export const pipelines = list(
  z.object({
    id,
    label: z.string(),
    stages: z.array(stage).transform((stages) => new Map(stages.map((one) => [one.id, one]))),
  }),
).transform((all) => new Map(all.map((pipeline) => [pipeline.id, pipeline])));

/** By name. */
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
).transform((all) => new Map(all.map((property) => [property.name, property])));

export const account = z
  .object({
    portalId: id,
    timeZone: z.string().nullish(),
    companyCurrency: z.string().nullish(),
    uiDomain: z.string().nullish(),
  })
  .transform(({ portalId, timeZone, companyCurrency, uiDomain }) => ({
    portalId,
    /** Such as `app-eu1.hubspot.com`. It becomes part of links, so it must look like a domain. */
    uiDomain: uiDomain && /^[a-z0-9.-]+$/i.test(uiDomain) ? uiDomain : undefined,
    /** The currency of amounts that name none. */
    currency: companyCurrency ?? undefined,
    zone: timeZone ? parseTimeZone(timeZone) : undefined,
  }));
