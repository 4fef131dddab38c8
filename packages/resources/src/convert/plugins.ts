import { parseDocument } from 'yaml';
import { isMap, type JsonMap } from './json.ts';

const longest = 8 * 1024;

function readYaml(text: unknown): JsonMap | undefined {
  if (typeof text !== 'string' || text.length > longest) return undefined;
  try {
    const document = parseDocument(text, { merge: false, uniqueKeys: false, logLevel: 'silent' });
    if (document.errors.length > 0) return undefined;
    // Few aliases suffice for any honest list, and what refers to itself has no JSON form.
    const value: unknown = JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 100 })));
    return isMap(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function namesOf(value: unknown): string[] | undefined {
  return Array.isArray(value) && value.every((name) => typeof name === 'string') ? value : undefined;
}

/**
 * v1beta1 keeps hooks and tracing in annotations, as YAML. What cannot be read stays there and has no effect: one object
 * that cannot be converted would make every list of its kind fail.
 */
export function pluginsOf(annotations: JsonMap): { hooks?: JsonMap; tracing?: JsonMap } {
  const plugins = readYaml(annotations['plugins']);
  const tracing = readYaml(annotations['plugins.tracing']);
  const order = namesOf(plugins?.['order']);
  const [pre, post] = [namesOf(plugins?.['pre']) ?? order, namesOf(plugins?.['post']) ?? order?.toReversed()];
  const hooks = { ...(pre && { pre }), ...(post && { post }), policy: 'Override' };
  return { ...(pre || post ? { hooks } : {}), ...(tracing && { tracing }) };
}
