/** From YAML files to a {@link Configuration}, or to every problem that is in them. */
import { resolve } from 'node:path';
import type { z } from 'zod';
import { TimeSlice } from '../model/time-slice.ts';
import type { Configuration } from './configuration.ts';
import type { WatchedPaths } from './watch.ts';
import { checkConnections, locateOpenErrors } from './connectors/connections.ts';
import { builtinConnectorsDir, builtinTemplatesDir } from './folders.ts';
import { readFiles } from './yaml/include.ts';
import { reportIssues } from './schema/issues.ts';
import { checkNames, requireAtLeastOne } from './checks/names.ts';
import { checkTenants } from './checks/tenants.ts';
import type { ConfigFile } from './yaml/config-file.ts';
import type { Problem } from './problem.ts';
import { Diagnostics } from './diagnostics.ts';
import { checkListeners, checkShared, warnAboutServer, warnAboutUse } from './checks/rules.ts';
import { bridgeFrame, bridgeSchema, includeFrame, inputSchema } from './schema/schema.ts';
import { allKeys } from './schema/json-schema-paths.ts';
import { TemplateSets, type LoadTemplates } from './checks/template-sets.ts';

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
  /** For a connector to load, and to check the settings of a connection; 10 s by default. */
  readonly connectorTimeoutMs?: number;
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
  const slice = new TimeSlice();
  const diagnostics = new Diagnostics(options.workingDir);
  diagnostics.vocabulary.add(() => allKeys(inputSchema(bridgeSchema)));
  const path = resolve(options.workingDir, options.file);
  const { files, isIncomplete } = await readFiles(path, { env: options.env, slice }, diagnostics);
  const main = files.find((file) => file.isMain);
  // What follows would only be counted.
  if (!main || diagnostics.isFull)
    return { problems: await diagnostics.problems(), watched: diagnostics.watched };

  await slice.next();
  const bridge = await validate(main, bridgeFrame);
  for (const file of files) {
    if (file !== main) await validate(file, includeFrame);
    if (slice.isOver) await slice.next();
  }
  await slice.next();
  checkNames(files);
  await slice.next();
  if (!isIncomplete) requireAtLeastOne(files, main);
  if (bridge) checkListeners(bridge, main, options.boundOpsHost);
  if (bridge) checkShared(bridge, main);
  const searchPath = {
    connectorsDir: main.folderAt(['connectorsDir']),
    builtinDir: options.builtinConnectors ?? builtinConnectorsDir(),
    packageDirs: [main.baseDir, options.workingDir, import.meta.dirname],
  };
  const { connectorTimeoutMs: timeoutMs } = options;
  const connections = await checkConnections(files, { searchPath, diagnostics, slice, timeoutMs });
  const templateSets = new TemplateSets(
    options.loadTemplates,
    options.builtinTemplates ?? builtinTemplatesDir(),
    main,
  );
  const serverHost = bridge?.server.host;
  const tenants = await checkTenants(files, { templateSets, serverHost, isIncomplete, slice });

  const { watched, redactor } = diagnostics;
  const problems = await diagnostics.problems();
  if (problems.length > 0 || !bridge) return { problems, watched };
  warnAboutServer(bridge, main);
  warnAboutUse(files);
  const { server, ops, log, cache, shared, publicMailDomains } = bridge;
  return {
    configuration: {
      ...{ file: path, watched, server, ops, log, cache, publicMailDomains, redactor },
      ...(shared === undefined ? {} : { shared }),
      ...{ connections, tenants, locateOpenError: locateOpenErrors(files) },
    },
    warnings: await diagnostics.warnings(),
  };
}

/** What the schema makes of a file, or `undefined` after its problems are reported. */
async function validate<T>(file: ConfigFile, schema: z.ZodType<T>): Promise<T | undefined> {
  const { value } = file;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const context = { file, base: [], value, schema: inputSchema(schema), isOwnSchema: true };
  await reportIssues(result.error.issues, context);
  return undefined;
}
