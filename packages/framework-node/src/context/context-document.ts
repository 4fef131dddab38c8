import type { EventSource } from '../events/event-source.ts';
import { FunctionError } from '../function-error.ts';

/** A component that a function reads from or writes to, by the name that the platform made for it. */
export interface ContextComponent {
  componentName?: string;
  componentType?: string;
  /** The topic of a pubsub component. */
  topic?: string;
  operation?: string;
  metadata?: Record<string, string>;
}

/** What the platform tells a function about itself, of FUNC_CONTEXT and FUNC_CONTEXT_V1BETA2. */
export interface ContextDocument {
  name: string;
  version: string;
  port?: number;
  inputs: Record<string, ContextComponent>;
  outputs: Record<string, ContextComponent>;
  states: Record<string, ContextComponent>;
  preHooks: string[];
  postHooks: string[];
  /** What calls it with messages. */
  sources: EventSource[];
  /** True when it is called by messages, not by HTTP. */
  isAsync: boolean;
}

type Fields = Record<string, unknown>;

/** Reads both documents; v1beta2 is preferred, and what only v1beta1 has is taken from there. Throws InvalidFunctionContext. */
export function readContextDocument(env: Readonly<Record<string, string | undefined>>): ContextDocument {
  const old = parsed('FUNC_CONTEXT', env);
  const current = parsed('FUNC_CONTEXT_V1BETA2', env);
  const triggers = fields(current['triggers']);
  const port = Number(fields(triggers['http'])['port'] ?? old['port']);
  const tracers = [fields(fields(old['pluginsTracing'])['provider'])['name'], fields(fields(current['tracing'])['provider'])['name']];
  // A tracing provider is no hook of the function, though v1beta1 lists it among them.
  const hooks = (names: unknown): string[] => strings(names).filter((name) => !tracers.includes(name));
  return {
    name: text(current['name'] ?? old['name']),
    version: text(current['version'] ?? old['version']),
    port: Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined,
    inputs: components(old['inputs'], current['inputs']),
    outputs: components(old['outputs'], current['outputs']),
    states: components(old['states'], current['states']),
    preHooks: hooks(current['preHooks'] ?? old['prePlugins']),
    postHooks: hooks(current['postHooks'] ?? old['postPlugins']),
    sources: sourcesOf(old, current),
    isAsync:
      (list(triggers['dapr']).length > 0 && triggers['http'] === undefined) || (current['triggers'] === undefined && isOldAsync(old)),
  };
}

function isOldAsync(old: Fields): boolean {
  return old['runtime'] === 'Async';
}

/** v1beta2 lists them as triggers; in v1beta1 the inputs of an async function are its triggers. */
function sourcesOf(old: Fields, current: Fields): EventSource[] {
  const listed = list(fields(current['triggers'])['dapr']).map(fields);
  const inputs = Object.entries(components(old['inputs'], current['inputs']));
  if (listed.length > 0)
    return listed.flatMap((one) => {
      const [component, input] = [text(one['name']), text(one['inputName']) || text(one['name'])];
      const topic = text(one['topic']) || inputs.find(([name]) => name === input)?.[1].topic;
      return component === '' ? [] : [sourceOf({ input, component, type: text(one['type']), topic })];
    });
  if (current['triggers'] !== undefined || !isOldAsync(old)) return [];
  return inputs.map(([input, one]) =>
    sourceOf({ input, component: one.componentName ?? input, type: one.componentType ?? '', topic: one.topic }),
  );
}

/** Only a pubsub component has topics: v1beta1 repeats the component's name in the place of one. */
function sourceOf({ topic, ...source }: EventSource): EventSource {
  return source.type.startsWith('pubsub') && topic ? { ...source, topic } : source;
}

function parsed(name: string, env: Readonly<Record<string, string | undefined>>): Fields {
  const value = env[name];
  if (value === undefined || value === '') return {};
  try {
    const document: unknown = JSON.parse(value);
    if (typeof document === 'object' && document !== null && !Array.isArray(document)) return document as Fields;
  } catch {
    // Answered below.
  }
  throw new FunctionError(
    'InvalidFunctionContext',
    500,
    `The function cannot start: ${name} is no JSON object. The platform writes it; unset it, or give it the document of the OpenFunction context.`,
  );
}

function components(old: unknown, current: unknown): Record<string, ContextComponent> {
  const all: Record<string, ContextComponent> = {};
  for (const source of [fields(old), fields(current)])
    for (const [name, value] of Object.entries(source)) {
      // v1beta1 says uri where v1beta2 says topic; the latter leaves the topic of an output out.
      const { uri, ...rest } = fields(value);
      all[name] = { ...(typeof uri === 'string' ? { topic: uri } : {}), ...all[name], ...rest };
    }
  return all;
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function strings(value: unknown): string[] {
  return list(value).filter((one) => typeof one === 'string');
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
