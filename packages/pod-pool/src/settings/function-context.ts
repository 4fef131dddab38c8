import { functionLabel, type Serving } from '@openfunction/resources';

interface Connection {
  name?: string;
  inputName?: string;
  outputName?: string;
  type?: string;
  topic?: string;
  metadata?: Record<string, unknown>;
  operation?: string;
}

/** `FUNC_CONTEXT`: what the frameworks of Go, Node and Python read. */
export function functionContext({ metadata, spec }: Serving): object {
  const inputs = inputsOf(spec);
  return {
    ...identity({ metadata, spec }),
    inputs: byName(
      inputs,
      ({ name = '', inputName }) => inputName ?? name,
      (each) => component(spec, each, true),
    ),
    outputs: byName(
      outputsOf(spec),
      ({ name = '', outputName }) => outputName ?? name,
      (each) => component(spec, each, true),
    ),
    states: statesOf(spec),
    // That of Python reads this document as if it were the other.
    triggers: triggersOf(spec),
    runtime: spec.triggers?.dapr === undefined || spec.triggers.dapr.length === 0 ? 'Knative' : 'Async',
    port: String(portOf(spec)),
    prePlugins: spec.hooks?.pre,
    postPlugins: spec.hooks?.post,
    pluginsTracing: spec.tracing,
  };
}

/** `FUNC_CONTEXT_V1BETA2`: what the framework of Java prefers. */
export function functionContextV1beta2({ metadata, spec }: Serving): object {
  return {
    ...identity({ metadata, spec }),
    triggers: triggersOf(spec),
    inputs: byName(
      inputsOf(spec),
      ({ name = '' }) => name,
      (each) => component(spec, each, false),
    ),
    outputs: byName(
      outputsOf(spec),
      ({ name = '' }) => name,
      (each) => component(spec, each, false),
    ),
    states: statesOf(spec),
    preHooks: spec.hooks?.pre,
    postHooks: spec.hooks?.post,
    tracing: spec.tracing,
  };
}

type Spec = Serving['spec'];

export function portOf(spec: Spec): number {
  return spec.triggers?.http?.port ?? 8080;
}

export function functionNameOf({ metadata }: Pick<Serving, 'metadata'>): string {
  return metadata.labels?.[functionLabel] ?? metadata.name;
}

function identity({ metadata, spec }: Pick<Serving, 'metadata' | 'spec'>): object {
  return { name: functionNameOf({ metadata }), version: spec.version ?? 'latest' };
}

function inputsOf({ triggers }: Spec): Connection[] {
  return [...(triggers?.dapr ?? []), ...(triggers?.inputs ?? []).flatMap(({ dapr }) => (dapr === undefined ? [] : [dapr]))];
}

function outputsOf({ outputs }: Spec): Connection[] {
  return (outputs ?? []).flatMap(({ dapr }) => (dapr === undefined ? [] : [dapr]));
}

function triggersOf(spec: Spec): object {
  const { http, dapr, inputs } = spec.triggers ?? {};
  return {
    ...(http === undefined ? {} : { http: { port: String(portOf(spec)), route: http.route, engine: http.engine } }),
    ...(dapr === undefined ? {} : { dapr: dapr.map((each) => ({ ...each, type: typeOf(spec, each) })) }),
    ...(inputs === undefined ? {} : { inputs }),
  };
}

function statesOf({ states }: Spec): object {
  return Object.fromEntries(
    Object.entries(states ?? {}).map(([name, state]) => [name, { componentName: name, componentType: state.spec?.type }]),
  );
}

/** The component has the name that the Function gives it: none is generated here. */
function component(spec: Spec, { name = '', type, topic, metadata, operation }: Connection, withUri: boolean): object {
  const common = { componentName: name, componentType: typeOf(spec, { name, type }), topic, metadata, operation };
  return withUri ? { uri: topic ?? name, ...common } : common;
}

/** Looked up where it is not said, as everybody who reads the document expects. */
function typeOf(spec: Spec, { name = '', type }: Connection): string | undefined {
  return type ?? spec.bindings?.[name]?.type ?? spec.pubsub?.[name]?.type;
}

function byName(connections: Connection[], nameOf: (each: Connection) => string, valueOf: (each: Connection) => object): object {
  return Object.fromEntries(connections.map((each) => [nameOf(each), valueOf(each)]));
}
