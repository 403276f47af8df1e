/** Runs a parsed query over the org's rows, and words its complaints as Salesforce does. */
import type { Data, Row } from './people.ts';
import { SalesforceError } from './salesforce-error.ts';
import type { FieldType, ObjectSchema, Schema } from './schema.ts';
import { compareBy, equal, likePattern, plain, same, worded } from './soql-compare.ts';
import {
  isQuery,
  parse,
  type Column,
  type Condition,
  type Order,
  type Query,
  type Value,
} from './soql-parser.ts';

export interface Org {
  readonly schema: Schema;
  readonly data: Data;
  /** As it stands in URLs, such as `67.0`. */
  readonly apiVersion: string;
}

export interface QueryResult {
  readonly totalSize: number;
  readonly done: boolean;
  readonly records: readonly object[];
  readonly nextRecordsUrl?: string;
}

/** Rows of one answer, those of children included. */
const MAX_ROWS = 2000;

/** @throws {SalesforceError} */
export function runQuery(soql: string, org: Org): QueryResult {
  const query = parse(soql);
  const run = new Run(soql, org);
  const object = [...org.schema.keys()].find((name) => same(name, query.from));
  if (object === undefined || object === 'Name') throw unsupported(query.from);
  const all = run.select(query, object, org.data[object] ?? []);
  const records: object[] = [];
  let rows = 0;
  for (const { record, size } of all) {
    if (rows + size > MAX_ROWS) break;
    rows += size;
    records.push(record);
  }
  const done = records.length === all.length;
  return {
    totalSize: all.length,
    done,
    ...(done
      ? {}
      : { nextRecordsUrl: `/services/data/v${org.apiVersion}/query/01g000000000001AAA-2000` }),
    records,
  };
}

interface Selected {
  readonly record: Readonly<Record<string, unknown>>;
  /** Rows it counts for. */
  readonly size: number;
}

class Run {
  readonly #soql: string;
  readonly #org: Org;
  readonly #byId = new Map<string, ReadonlyMap<unknown, Row>>();

  constructor(soql: string, org: Org) {
    this.#soql = soql;
    this.#org = org;
  }

  select(query: Query, object: string, rows: readonly Row[]): readonly Selected[] {
    const columns = query.columns.map((column) =>
      'from' in column ? this.#child(column, object) : this.#column(column, object),
    );
    const names = query.columns.flatMap((column) =>
      'from' in column ? [] : [column.path.join('.').toLowerCase()],
    );
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) {
      throw new SalesforceError(400, 'MALFORMED_QUERY', `duplicate field selected: ${twice}`);
    }
    const matches = query.where === undefined ? () => true : this.#test(query.where, object);
    const compare = query.orderBy.map((order) => this.#comparison(order, object));
    // Without ORDER BY the order is not defined; here it is never the one a test expects by chance.
    const found = rows
      .filter(matches)
      .toReversed()
      .toSorted((a, b) => compare.reduce((order, by) => order || by(a, b), 0))
      .slice(query.offset, query.offset + (query.limit ?? Infinity));
    return found.map((row) => {
      const record: Record<string, unknown> = { attributes: this.#attributes(object, row) };
      let size = 1;
      for (const add of columns) size += add(row, record);
      return { record, size };
    });
  }

  /** @returns writes the value into a record; the number of rows it added. */
  #column(
    { path, at }: Column,
    object: string,
  ): (row: Row, into: Record<string, unknown>) => number {
    const [first = '', ...rest] = path;
    if (rest.length === 0) {
      const [name, type] = this.#field(object, first, at);
      return (row, into) => {
        into[name] = worded(row[name] ?? (type === 'boolean' ? false : null), type);
        return 0;
      };
    }
    const [name, parent] = this.#parent(object, first, at);
    const inner = this.#column({ path: rest, at }, parent.object);
    return (row, into) => {
      const found = this.#find(parent.object, row[parent.key]);
      if (found === undefined) into[name] = null;
      else {
        into[name] ??= { attributes: this.#attributes(parent.object, found) };
        inner(found, into[name] as Record<string, unknown>);
      }
      return 0;
    };
  }

  #child(query: Query, object: string): (row: Row, into: Record<string, unknown>) => number {
    const children = this.#schemaOf(object).children;
    const name = Object.keys(children).find((relationship) => same(relationship, query.from));
    const child = name === undefined ? undefined : children[name];
    if (name === undefined || child === undefined) {
      throw new SalesforceError(
        400,
        'INVALID_TYPE',
        `${this.#excerpt(this.#soql.indexOf(query.from))}Didn't understand relationship '${query.from}' in FROM part of query call. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.`,
      );
    }
    // The names are checked even without rows.
    this.select(query, child.object, []);
    return (row, into) => {
      const rows = (this.#org.data[child.object] ?? []).filter(
        (one) => one[child.key] === row['Id'],
      );
      const selected = this.select(query, child.object, rows);
      into[name] =
        selected.length === 0
          ? null
          : {
              totalSize: selected.length,
              done: true,
              records: selected.map(({ record }) => record),
            };
      return selected.length;
    };
  }

  #test(condition: Condition, object: string): (row: Row) => boolean {
    if ('all' in condition) {
      const tests = condition.all.map((one) => this.#test(one, object));
      return (row) => tests.every((test) => test(row));
    }
    if ('any' in condition) {
      const tests = condition.any.map((one) => this.#test(one, object));
      return (row) => tests.some((test) => test(row));
    }
    if ('not' in condition) {
      const test = this.#test(condition.not, object);
      return (row) => !test(row);
    }
    const [read, type] = this.#reader(condition.column, object);
    if ('among' in condition) {
      const { among, negated } = condition;
      if (!isQuery(among))
        for (const value of among) this.#checkType(condition.column, type, value);
      const values = isQuery(among) ? this.#semiJoin(among) : among.map((value) => plain(value));
      return (row) => values.some((value) => equal(read(row), value, type)) !== negated;
    }
    const { operator, value } = condition;
    this.#checkType(condition.column, type, value);
    if (operator === 'LIKE') {
      const pattern = likePattern(value);
      return (row) => pattern.test(String(read(row) ?? ''));
    }
    const wanted = plain(value);
    return (row) => compareBy(operator, read(row), wanted, type);
  }

  /** Only values in quotes are texts, and only those. */
  #checkType({ path, at }: Column, type: FieldType, value: Value): void {
    const isText = ['id', 'reference', 'text'].includes(type);
    if (plain(value) === null || (value.type === 'string') === isText) return;
    const wanted = isText ? 'string and should be' : `${type} and should not be`;
    throw new SalesforceError(
      400,
      'INVALID_FIELD',
      `${this.#excerpt(at)}value of filter criterion for field '${path.at(-1) ?? ''}' must be of type ${wanted} enclosed in quotes`,
    );
  }

  #semiJoin(query: Query): readonly unknown[] {
    const object = [...this.#org.schema.keys()].find((name) => same(name, query.from));
    if (object === undefined) throw unsupported(query.from);
    if (query.orderBy.length > 0 || query.limit !== undefined) {
      throw new SalesforceError(400, 'MALFORMED_QUERY', 'a semi join has no ORDER BY and no LIMIT');
    }
    const [column, ...others] = query.columns;
    if (column === undefined || others.length > 0 || 'from' in column) {
      throw new SalesforceError(400, 'MALFORMED_QUERY', 'a semi join selects one field');
    }
    const [read, type] = this.#reader(column, object);
    if (type !== 'id' && type !== 'reference') {
      throw new SalesforceError(
        400,
        'INVALID_QUERY_FILTER_OPERATOR',
        'a semi join selects a reference',
      );
    }
    const matches = query.where === undefined ? () => true : this.#test(query.where, object);
    return (this.#org.data[object] ?? [])
      .filter(matches)
      .map(read)
      .filter((id) => id != null);
  }

  #comparison(order: Order, object: string): (a: Row, b: Row) => number {
    const [read] = this.#reader(order.column, object);
    const direction = order.descending ? -1 : 1;
    return (a, b) => {
      const [left, right] = [read(a), read(b)];
      if (left == null || right == null) {
        return (Number(left == null) - Number(right == null)) * (order.nullsLast ? 1 : -1);
      }
      return (left < right ? -1 : left > right ? 1 : 0) * direction;
    };
  }

  #reader(
    { path, at }: Column,
    object: string,
  ): readonly [(row: Row) => Row[string] | undefined, FieldType] {
    const [first = '', ...rest] = path;
    if (rest.length === 0) {
      const [name, type] = this.#field(object, first, at);
      return [(row) => row[name] ?? (type === 'boolean' ? false : null), type];
    }
    const [, parent] = this.#parent(object, first, at);
    const [inner, type] = this.#reader({ path: rest, at }, parent.object);
    return [
      (row) => {
        const found = this.#find(parent.object, row[parent.key]);
        return found === undefined ? null : inner(found);
      },
      type,
    ];
  }

  #field(object: string, name: string, at: number): readonly [string, FieldType] {
    const entry = [...this.#schemaOf(object).fields].find(([field]) => same(field, name));
    if (entry !== undefined) return entry;
    throw new SalesforceError(
      400,
      'INVALID_FIELD',
      `${this.#excerpt(at)}No such column '${name}' on entity '${object}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.`,
    );
  }

  #parent(object: string, name: string, at: number) {
    const entry = Object.entries(this.#schemaOf(object).parents).find(([rel]) => same(rel, name));
    if (entry !== undefined) return entry;
    throw new SalesforceError(
      400,
      'INVALID_FIELD',
      `${this.#excerpt(at)}Didn't understand relationship '${name}' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.`,
    );
  }

  /** Users and queues have one table each, and `Name` looks into both. */
  #find(object: string, id: Row[string] | undefined): Row | undefined {
    let rows = this.#byId.get(object);
    if (rows === undefined) {
      const { data } = this.#org;
      const tables = object === 'Name' ? [data['User'], data['Group']] : [data[object]];
      const all = tables.flatMap((table) => table ?? []);
      rows = new Map(all.map((row) => [row['Id'], row]));
      this.#byId.set(object, rows);
    }
    return id == null ? undefined : rows.get(id);
  }

  #schemaOf(object: string): ObjectSchema {
    const schema = this.#org.schema.get(object);
    if (schema === undefined) throw unsupported(object);
    return schema;
  }

  #attributes(object: string, row: Row): object {
    const url = `/services/data/v${this.#org.apiVersion}/sobjects/${object}/${String(row['Id'])}`;
    return { type: object, url };
  }

  /** A few words around the place, and a caret below it. */
  #excerpt(at: number): string {
    const start = Math.max(0, at - 20);
    const excerpt = this.#soql.slice(start, at + 40);
    return `\n${excerpt}\n${' '.repeat(at - start)}^\nERROR at Row:1:Column:${at + 1}\n`;
  }
}

function unsupported(object: string): SalesforceError {
  return new SalesforceError(
    400,
    'INVALID_TYPE',
    `sObject type '${object}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.`,
  );
}
