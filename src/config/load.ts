/** From YAML files to a {@link Configuration}, or to every problem that is in them. */
import { resolve } from 'node:path';
import type { z } from 'zod';
import type { Configuration } from './configuration.ts';
import type { WatchedPaths } from './watch.ts';
import { checkConnections, locateOpenErrors } from './connectors/connections.ts';
import { builtinConnectorsDir, builtinTemplatesDir } from './folders.ts';
import { readFiles } from './yaml/include.ts';
import { reportIssues } from './schema/issues.ts';
import { checkNames, checkReferences, requireAtLeastOne } from './checks/names.ts';
import type { ConfigFile } from './yaml/config-file.ts';
import type { Problem } from './problem.ts';
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
  /** Where the ops listener of the running service is bound; of a service that has not started, none. */
  readonly boundOpsHost?: string | undefined;
  /** The folder of the built-in connectors, if not the usual one. Absolute. */
  readonly builtinConnectors?: string;
  /** The folder of the built-in templates, if not the usual one. Absolute. */
  readonly builtinTemplates?: string;
}

export type ConfigurationResult =
  | { readonly configuration: Configuration; readonly warnings: readonly Problem[] }
  | { readonly problems: readonly Problem[]; readonly watched: WatchedPaths };

/**
 * Reads, checks and loads all files. Does not throw for what is in the files: returns all problems at once,
 * with the paths to watch for their repair.
 */
export async function loadConfiguration(options: LoadOptions): Promise<ConfigurationResult> {
  const diagnostics = new Diagnostics(options.workingDir, () => allKeys(inputSchema(bridgeSchema)));
  const path = resolve(options.workingDir, options.file);
  const { files, isIncomplete } = readFiles(path, { env: options.env }, diagnostics);
  const main = files.find((file) => file.isMain);
  if (!main) return { problems: diagnostics.problems, watched: diagnostics.watched };

  const bridge = validate(main, bridgeSchema);
  const tenants = files.flatMap((file) => {
    const content = file === main ? bridge : validate(file, includeSchema);
    return Object.entries(content?.tenants ?? {}).map(([id, tenant]) => ({ file, id, tenant }));
  });
  checkNames(files);
  if (!isIncomplete) {
    checkReferences(files);
    requireAtLeastOne(files, main);
  }
  if (bridge) checkListeners(bridge, main, options.boundOpsHost);
  const searchPath = {
    connectorsDir: main.folderAt(['connectorsDir']),
    builtinDir: options.builtinConnectors ?? builtinConnectorsDir(),
    packageDirs: [main.baseDir, options.workingDir, import.meta.dirname],
  };
  const connections = await checkConnections(files, searchPath);
  const templateOptions = {
    load: options.loadTemplates,
    builtinDir: options.builtinTemplates ?? builtinTemplatesDir(),
  };
  const templates = await loadTemplateSets(files, main, templateOptions);

  const { problems, watched, redactor } = diagnostics;
  if (problems.length > 0 || !bridge) return { problems, watched };
  warnAboutServer(bridge, main);
  for (const tenant of tenants) warnAboutTenant(tenant, bridge.server.host);
  const { server, ops, log, cache, publicMailDomains } = bridge;
  return {
    configuration: {
      ...{ file: path, watched, server, ops, log, cache, publicMailDomains, connections, redactor },
      tenants: new Map(
        tenants.flatMap(({ id, tenant }) => {
          const set = templates.get(id);
          return set ? [[id, { ...tenant, id, name: tenant.name ?? id, templates: set }]] : [];
        }),
      ),
      locateOpenError: locateOpenErrors(files),
    },
    warnings: diagnostics.warnings,
  };
}

/** What the schema makes of a file, or `undefined` after its problems are reported. */
function validate<T>(file: ConfigFile, schema: z.ZodType<T>): T | undefined {
  const { value } = file;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const context = { file, base: [], value, schema: inputSchema(schema), isOwnSchema: true };
  reportIssues(result.error.issues, context);
  return undefined;
}
