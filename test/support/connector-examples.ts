/** The blocks of code in connectors/README.md. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface ConnectorExamples {
  readonly peopleApi: string;
  readonly peopleApiTest: string;
  readonly staffFile: string;
  readonly crmDatabase: string;
  /** A configuration with the first one. */
  readonly yaml: string;
  /** For the types of all. */
  readonly tsconfig: string;
}

/** @throws {Error} when there are other blocks than these. */
export async function readConnectorExamples(): Promise<ConnectorExamples> {
  const page = await readFile(new URL('../../connectors/README.md', import.meta.url), 'utf8');
  const blocks = [...page.matchAll(/^```(\w*)\n(.*?)^```$/gms)];
  const languages = blocks.map(([, language]) => language).join();
  if (languages !== 'ts,yaml,json,ts,ts,ts')
    throw new Error(`connectors/README.md has ${languages}`);
  const [
    peopleApi = '',
    yaml = '',
    tsconfig = '',
    staffFile = '',
    crmDatabase = '',
    peopleApiTest = '',
  ] = blocks.map(([, , code = '']) => code);
  return { peopleApi, peopleApiTest, staffFile, crmDatabase, yaml, tsconfig };
}

/** Saves the files where the page says, in a folder with a configuration. */
export async function saveConnectorExamples(folder: string): Promise<void> {
  const { peopleApi, peopleApiTest, staffFile, crmDatabase } = await readConnectorExamples();
  const files = {
    'people-api/index.mts': peopleApi,
    'people-api/people-api.test.mts': peopleApiTest,
    'staff-file/index.mts': staffFile,
    'crm-database/index.mts': crmDatabase,
  };
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, 'my-connectors', name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}
