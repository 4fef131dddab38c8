import { parseAllDocuments } from 'yaml';
import { ComponentError } from './component-error.ts';
import { duration, parseOrRefuse } from './metadata/parsers.ts';

/** A Component as Dapr's YAML states it, checked for its shape and nothing else. */
export interface ComponentDocument {
  name: string;
  namespace?: string;
  type: string;
  version: string;
  metadata: MetadataItem[];
  /** Apps that may use it; empty for all. */
  scopes: string[];
  /** The secret store that `secretKeyRef` reads. */
  secretStore?: string;
  /** Go on without it when it cannot be opened. */
  ignoreErrors: boolean;
  initTimeoutMs: number;
}

export type MetadataItem =
  | { name: string; from: 'value'; value: string }
  | { name: string; from: 'secret'; secret: string; key: string }
  | { name: string; from: 'environment'; variable: string };

// Alias bombs and megabytes of YAML end here, not in the parser's memory.
const maxBytes = 1024 * 1024;
const maxAliases = 100;
const defaultInitTimeout = '5s';

/** The objects of a YAML text. `file` is named in what is refused. */
export function parseYamlObjects(yaml: string, file: string): unknown[] {
  if (yaml.length > maxBytes) throw invalid(file, 'it is larger than 1 MiB. Split it');
  return parseAllDocuments(yaml).flatMap((document) => {
    const [problem] = document.errors;
    if (problem !== undefined) throw invalid(file, `${problem.message.split('\n', 1)[0]}. Correct the YAML`);
    try {
      const value: unknown = document.toJS({ maxAliasCount: maxAliases });
      return value === null || value === undefined ? [] : [value];
    } catch (error) {
      throw invalid(file, `${error instanceof Error ? error.message : String(error)}. Correct the YAML`);
    }
  });
}

/** The Components of a YAML text; objects of other kinds are left to others. */
export function parseComponents(yaml: string, file: string): ComponentDocument[] {
  return parseYamlObjects(yaml, file)
    .filter((object) => isRecord(object) && object['kind'] === 'Component')
    .map((object) => componentDocument(object, file));
}

/** Checks one object, as read from YAML or JSON. */
export function componentDocument(object: unknown, file: string): ComponentDocument {
  const root = record(object, 'the Component', file);
  const metadata = record(root['metadata'], 'metadata', file);
  const name = text(metadata['name'], 'metadata.name', file);
  if (!/^[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?$/.test(name) || name.length > 253)
    throw invalid(file, `metadata.name must be letters, digits, "-", "_" and ".". Rename the Component`);
  const spec = record(root['spec'], 'spec', file);
  return {
    name,
    ...(metadata['namespace'] === undefined ? {} : { namespace: text(metadata['namespace'], 'metadata.namespace', file) }),
    type: text(spec['type'], 'spec.type', file),
    version: spec['version'] === undefined ? 'v1' : text(spec['version'], 'spec.version', file),
    metadata: list(spec['metadata'], 'spec.metadata', file).map((item, index) => metadataItem(item, `spec.metadata[${index}]`, file)),
    scopes: list(root['scopes'], 'scopes', file).map((scope, index) => text(scope, `scopes[${index}]`, file)),
    ...secretStoreOf(root['auth'], file),
    ignoreErrors: spec['ignoreErrors'] === true,
    initTimeoutMs: parseOrRefuse(
      duration(),
      scalar(spec['initTimeout'] ?? defaultInitTimeout, 'spec.initTimeout', file),
      `${file}: spec.initTimeout`,
    ),
  };
}

function secretStoreOf(auth: unknown, file: string): { secretStore?: string } {
  const store = auth === undefined || auth === null ? undefined : record(auth, 'auth', file)['secretStore'];
  return store === undefined ? {} : { secretStore: text(store, 'auth.secretStore', file) };
}

function metadataItem(given: unknown, where: string, file: string): MetadataItem {
  const item = record(given, where, file);
  const name = text(item['name'], `${where}.name`, file);
  if (item['secretKeyRef'] !== undefined) {
    const reference = record(item['secretKeyRef'], `${where}.secretKeyRef`, file);
    const secret = text(reference['name'], `${where}.secretKeyRef.name`, file);
    return {
      name,
      from: 'secret',
      secret,
      key: reference['key'] === undefined ? secret : text(reference['key'], `${where}.secretKeyRef.key`, file),
    };
  }
  if (item['envRef'] !== undefined) return { name, from: 'environment', variable: text(item['envRef'], `${where}.envRef`, file) };
  return { name, from: 'value', value: scalar(item['value'] ?? '', `${where}.value`, file) };
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function record(value: unknown, where: string, file: string): Record<string, unknown> {
  if (!isRecord(value)) throw invalid(file, `${where} must be an object. Write it as Dapr's Component does`);
  return value;
}

function list(value: unknown, where: string, file: string): unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid(file, `${where} must be a list. Write it as Dapr's Component does`);
  return value;
}

function text(value: unknown, where: string, file: string): string {
  if (typeof value !== 'string' || value === '') throw invalid(file, `${where} must be a text that is not empty. Set it`);
  return value;
}

// Published manifests give numbers and booleans where Dapr documents strings, and objects where JSON is meant.
function scalar(value: unknown, where: string, file: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (isRecord(value) || Array.isArray(value)) return JSON.stringify(value);
  throw invalid(file, `${where} must be a text, a number or a boolean. Correct it`);
}

function invalid(file: string, why: string): ComponentError {
  return new ComponentError('ComponentInvalid', `${file} cannot be used: ${why}.`);
}
