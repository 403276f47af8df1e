/** From YAML files to a {@link Configuration}, or to every problem that is in them. */
import { resolve } from 'node:path';
import type { z } from 'zod';
import { assemble, tenantsOf } from './assemble.ts';
import type { Configuration } from './configuration.ts';
import type { WatchedPaths } from './watch.ts';
import { checkConnections } from './connectors/connections.ts';
import type { ConnectorSearchPath } from './connectors/connector-modules.ts';
import { folderAt } from './folders.ts';
import { readFiles } from './yaml/include.ts';
import { reportIssues } from './schema/issues.ts';
import { checkNames, checkReferences, requireAtLeastOne } from './checks/names.ts';
import { locateOpenErrors } from './checks/locate-open-error.ts';
import type { ConfigFile } from './yaml/config-file.ts';
import type { Problem } from './problem.ts';
import { ownConnectorsDir, ownTemplatesDir } from './builtin-dirs.ts';
import { Diagnostics } from './diagnostics.ts';
import { checkListeners, warnAboutServer, warnAboutTenant } from './checks/rules.ts';
import { bridgeSchema, includeSchema, inputSchema } from './schema/schema.ts';
import { allKeys } from './schema/schema-walk.ts';
import { loadTemplateSets, type LoadTemplates } from './checks/template-sets.ts';

export interface LoadOptions {
  /** The main file; a relative path belongs to `workingDir`. */
  readonly file: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. Files inside of it are shown relative to it; npm packages with connectors are looked for there, too. */
  readonly workingDir: string;
  readonly loadTemplates: LoadTemplates;
  /** The product's own connectors, when they are not in their usual place. Absolute. */
  readonly ownConnectors?: string;
  /** The product's own templates, when they are not in their usual place. Absolute. */
  readonly ownTemplates?: string;
}

export type Loaded =
  | { readonly configuration: Configuration; readonly warnings: readonly Problem[] }
  | { readonly problems: readonly Problem[]; readonly watched: WatchedPaths };

/**
 * Reads, checks and loads everything anew. Never throws for what is in the files: all problems are
 * handed out at once, with what to watch so that mending them is noticed.
 */
export async function loadConfiguration(options: LoadOptions): Promise<Loaded> {
  const report = new Diagnostics(options.workingDir);
  const file = resolve(options.workingDir, options.file);
  const vocabulary = (): ReadonlySet<string> => new Set(allKeys(inputSchema(bridgeSchema)));
  const { parts, isIncomplete } = readFiles(file, { env: options.env, vocabulary }, report);
  const main = parts.find((part) => part.isMain);
  if (!main) return { problems: report.problems, watched: report.watched };

  const bridge = check(main, bridgeSchema, report);
  const included = parts
    .filter((part) => !part.isMain)
    .flatMap((part) => {
      const checked = check(part, includeSchema, report);
      return checked ? [{ part, file: checked }] : [];
    });
  checkNames(parts, report);
  if (!isIncomplete) {
    checkReferences(parts, report);
    requireAtLeastOne(parts, main, report);
  }
  if (bridge) checkListeners(bridge, main, report);
  const places = connectorPlaces(main, options, report);
  const connections = await checkConnections(parts, places, report);
  const templateOptions = {
    load: options.loadTemplates,
    ownDir: options.ownTemplates ?? ownTemplatesDir(),
  };
  const templates = await loadTemplateSets(parts, main, templateOptions, report);

  const { problems, watched } = report;
  if (problems.length > 0 || !bridge) return { problems, watched };
  const tenants = tenantsOf([{ part: main, file: bridge }, ...included]);
  warnAboutServer(bridge, main, report);
  for (const tenant of tenants) warnAboutTenant(tenant, bridge.server.host, report);
  const locateOpenError = locateOpenErrors(parts, report);
  const redact = (text: string) => report.confidential.conceal(text);
  const checked = { file, watched, bridge, connections, tenants, templates };
  return {
    configuration: assemble({ ...checked, locateOpenError, redact }),
    warnings: report.warnings,
  };
}

/** What the schema makes of a file, or `undefined` after a report. */
function check<T>(part: ConfigFile, schema: z.ZodType<T>, report: Diagnostics): T | undefined {
  const { value } = part;
  const result = schema['~standard'].validate(value);
  if (result instanceof Promise) throw new TypeError('the schema of the files checks at once');
  if (!result.issues) return result.value;
  const checked = { part, base: [], value, schema: inputSchema(schema), isOwnSchema: true };
  reportIssues(result.issues, checked, report);
  return undefined;
}

function connectorPlaces(
  main: ConfigFile,
  options: LoadOptions,
  report: Diagnostics,
): ConnectorSearchPath {
  return {
    connectorsDir: folderAt(main, ['connectorsDir'], report),
    builtinDir: options.ownConnectors ?? ownConnectorsDir(),
    packageDirs: [main.baseDir, options.workingDir, import.meta.dirname],
  };
}
