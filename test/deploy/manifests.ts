/** Kubernetes manifests against the schemas of the Kubernetes API, more strictly than the API itself. */
import { readFile } from 'node:fs/promises';
import { Deployment } from 'kubernetes-models/apps/v1';
import { Ingress, NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, Secret, Service } from 'kubernetes-models/v1';
import { parseAllDocuments } from 'yaml';

/** What the API knows, as far as it is used here. */
const MODELS = {
  Deployment,
  Ingress,
  NetworkPolicy,
  PodDisruptionBudget,
  ConfigMap,
  Secret,
  Service,
};

export type Kind = keyof typeof MODELS;

export interface Manifest {
  readonly kind: string;
  readonly [key: string]: unknown;
}

export async function readManifests(path: string): Promise<readonly Manifest[]> {
  return parseManifests(await readFile(path, 'utf8'));
}

/** @throws {Error} for what is no YAML. */
export function parseManifests(yaml: string): readonly Manifest[] {
  const documents = parseAllDocuments(yaml);
  if ('empty' in documents) return [];
  return documents.map((document) => {
    for (const error of document.errors) throw error;
    return document.toJS() as Manifest;
  });
}

/** @returns what the API would refuse, and fields it does not know, which it would pass over in silence. */
export function mistakesOf(manifest: Manifest): readonly string[] {
  if (!isKnown(manifest.kind)) return [`the kind ${manifest.kind} is not known here`];
  const wrong = refusal(manifest);
  if (wrong !== undefined) return [wrong];
  return pathsOf(manifest)
    .filter((path) => refusal(replaceAt(manifest, path, NO_JSON)) === undefined)
    .map((path) => `${path.join('.')}: unknown field`);
}

/** Of no type that a schema can name: wherever it is looked at, it is refused. */
const NO_JSON = Symbol('no JSON');

function refusal(manifest: Manifest): string | undefined {
  try {
    const { kind, ...content } = manifest;
    const Model = MODELS[kind as Kind];
    const expected = (Model as unknown as { readonly apiVersion: string }).apiVersion;
    if (content['apiVersion'] !== expected) return `apiVersion: expected ${expected}`;
    new Model(content as never).validate();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function isKnown(kind: string): kind is Kind {
  return Object.hasOwn(MODELS, kind);
}

type Path = readonly (string | number)[];

/** Of every value below `apiVersion` and `kind`. */
function pathsOf(value: unknown, at: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [];
  const entries: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value).filter(
        ([key]) => at.length > 0 || (key !== 'kind' && key !== 'apiVersion'),
      );
  return entries.flatMap(([key, inner]) => [[...at, key], ...pathsOf(inner, [...at, key])]);
}

function replaceAt<T>(value: T, [key, ...rest]: Path, by: unknown): T {
  if (key === undefined) return by as T;
  const inner = (value as Readonly<Record<string, unknown>>)[key];
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>;
  copy[key] = replaceAt(inner, rest, by);
  return copy as T;
}
