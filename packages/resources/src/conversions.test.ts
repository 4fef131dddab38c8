import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conversions } from './conversions.ts';
import { functionConversion } from './function/convert.ts';
import { olderFunctionSchema } from './function/v1beta1.ts';
import { functionKind } from './kinds.ts';
import type { KubeObject } from './object.ts';
import { samples } from './testing/samples.ts';
import { validateObject } from './validate.ts';
import { validateOlder } from './validate-older.ts';
import { sameJson } from './same-json.ts';

const older = (spec: unknown, annotations?: Record<string, string>, kind = 'Function'): KubeObject => ({
  apiVersion: 'core.openfunction.io/v1beta1',
  kind,
  metadata: { name: 'orders', namespace: 'default', ...(annotations && { annotations }) },
  spec,
});
const stored = (spec: unknown, annotations?: Record<string, string>, kind = 'Function'): KubeObject => ({
  ...older(spec, annotations, kind),
  apiVersion: 'core.openfunction.io/v1beta2',
});
const { toStored, fromStored } = functionConversion;
const specOf = (object: KubeObject): unknown => object.spec;

// Every field of both versions, absent half of the time, so that each meets each; and text that no field of ours has.
const word = fc.constantFrom('orders', 'kafka', 'redis', 'Deployment', 'Job', 'StatefulSet', '', '__proto__', 'x');
const some = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const record = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> => fc.record(fields, { requiredKeys: [] });
const map = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> => fc.dictionary(word, value, { maxKeys: 3 });
const count = fc.integer({ min: 0, max: 3 });
const component = record({ type: word, version: word });
const io = record({ name: word, component: word, topic: word, params: map(word), operation: word });
const trigger = record({
  type: word,
  metadata: map(word),
  metricType: fc.constantFrom('AverageValue', 'Value'),
  targetKind: fc.constantFrom('object', 'job'),
});
const dapr = record({ name: word, type: word, topic: word, inputName: word, outputName: word, metadata: map(word), operation: word });
const template = record({ containers: fc.array(record({ name: word, image: word }), { maxLength: 2 }) });
const same = { bindings: map(component), pubsub: map(component), params: map(word), labels: map(word), template, timeout: word };
const scaler = { pollingInterval: count, advanced: record({ a: word }), cooldownPeriod: count };

const olderServing = record({
  ...same,
  runtime: fc.constantFrom('knative', 'async'),
  inputs: fc.array(io, { maxLength: 2 }),
  outputs: fc.array(io, { maxLength: 2 }),
  states: map(component),
  triggers: fc.array(trigger, { maxLength: 2 }),
  scaleOptions: record({
    minReplicas: count,
    maxReplicas: count,
    knative: map(word),
    keda: record({
      scaledObject: record({ ...scaler, workloadType: word, minReplicaCount: count, maxReplicaCount: count }),
      scaledJob: record({
        pollingInterval: count,
        restartPolicy: word,
        maxReplicaCount: count,
        scalingStrategy: record({ strategy: word }),
      }),
    }),
  }),
});
const entry = { port: count, route: record({ hostnames: fc.array(word, { maxLength: 2 }) }) };
const buildSame = {
  builder: word,
  env: map(word),
  srcRepo: record({ url: word, bundleContainer: record({ image: word }) }),
  timeout: word,
};
const strategy = record({ name: word, kind: word });
const olderBuild = { ...buildSame, params: map(word), shipwright: record({ strategy, timeout: word }) };
const olderSpec = record({ ...entry, image: word, version: word, build: record(olderBuild), serving: olderServing });

const storedServing = record({
  ...same,
  triggers: record({
    http: record({ ...entry, engine: word }),
    dapr: fc.array(dapr, { maxLength: 2 }),
    inputs: fc.array(record({ dapr }), { maxLength: 2 }),
  }),
  outputs: fc.array(record({ dapr }), { maxLength: 2 }),
  states: map(record({ spec: component })),
  hooks: record({ pre: fc.array(word), policy: word }),
  tracing: record({ enabled: fc.boolean() }),
  workloadType: word,
  // Of a version that comes after this one.
  concurrency: count,
  scaleOptions: record({
    minReplicas: count,
    maxReplicas: count,
    knative: map(word),
    keda: record({
      httpScaledObject: record({ cooldownPeriod: count }),
      scaledObject: record({ ...scaler, fallback: record({ replicas: count }) }),
      scaledJob: record({ restartPolicy: word, unknown: word }),
      triggers: fc.array(trigger, { maxLength: 2 }),
    }),
  }),
});
const param = record({ name: word, value: word, values: fc.array(word, { maxLength: 2 }), secretValue: record({ name: word, key: word }) });
const storedBuild = { ...buildSame, shipwright: record({ strategy, timeout: word, params: fc.array(param, { maxLength: 3 }) }) };
const storedSpec = record({ image: word, version: word, build: record(storedBuild), serving: storedServing });
const annotations = some(
  fc.record({ plugins: fc.constantFrom('order: [a, b]', 'pre: [a]\npost: [b]', 'a: &a [*a]', '{', 'x') }, { requiredKeys: [] }),
);

/** Ignores a map of annotations that is there and empty: Kubernetes drops it too. */
function normal(object: KubeObject): KubeObject {
  const { annotations: given, ...metadata } = object.metadata;
  return { ...object, metadata: { ...metadata, ...(given && Object.keys(given).length > 0 ? { annotations: given } : {}) } };
}
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

describe('a Function of v1beta1', { timeout: 60_000 }, () => {
  it('comes back as it was, whatever it says', () => {
    fc.assert(
      fc.property(olderSpec, annotations, (spec, given) => {
        const object = plain(older(spec, given));
        expect(sameJson(normal(fromStored(toStored(object))), normal(object))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('is what a Function of v1beta2 comes back from as it was', () => {
    fc.assert(
      fc.property(storedSpec, annotations, (spec, given) => {
        const object = plain(stored(spec, given));
        expect(sameJson(normal(toStored(fromStored(object))), normal(object))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('comes back as it was after any number of turns', () => {
    fc.assert(
      fc.property(olderSpec, (spec) => {
        const object = plain(older(spec));
        const turned = toStored(fromStored(toStored(object)));
        expect(turned).toEqual(toStored(object));
        expect(sameJson(normal(fromStored(turned)), object)).toBe(true);
      }),
    );
  });

  it('never fails, whatever JSON it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.jsonValue(), fc.jsonValue(), (spec, build, serving) => {
        for (const each of [spec, { build, serving }]) {
          expect(sameJson(fromStored(toStored(older(each))).spec, each)).toBe(true);
          expect(sameJson(toStored(fromStored(stored(each))).spec, each)).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('has only fields that v1beta1 knows, whatever v1beta2 has', () => {
    fc.assert(
      fc.property(storedSpec, (spec) => {
        const object = fromStored(plain(stored(spec)));
        const { issues = [] } = olderFunctionSchema.strict().safeParse(object).error ?? {};
        expect(issues.filter(({ code }) => code === 'unrecognized_keys')).toEqual([]);
        expect(JSON.stringify(object.spec)).not.toContain('concurrency');
      }),
    );
  });
});

describe.each(conversions.map((each) => [each.older.kind, each] as const))('a %s', { timeout: 60_000 }, (kind, conversion) => {
  it('of either version comes back as it was', () => {
    const inline = fc.oneof(olderServing, record({ ...olderBuild, ...entry, state: word }), fc.jsonValue() as fc.Arbitrary<object>);
    const inlineStored = fc.oneof(storedServing, record({ ...storedBuild, state: word }));
    fc.assert(
      fc.property(inline, inlineStored, (one, other) => {
        const [first, second] = [plain(older(one, undefined, kind)), plain(stored(other, undefined, kind))];
        expect(sameJson(normal(conversion.fromStored(conversion.toStored(first))), first)).toBe(true);
        expect(sameJson(normal(conversion.toStored(conversion.fromStored(second))), second)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

const kafka = { type: 'bindings.kafka', version: 'v1', metadata: [] };

describe('what OpenFunction lost', () => {
  it('keeps build parameters where there is no shipwright', () => {
    const build = { builder: 'b', params: { B: '2', A: '1' }, srcRepo: { url: 'https://git.test/a' } };
    expect(toStored(older({ image: 'i', build })).spec).toMatchObject({
      build: {
        shipwright: {
          params: [
            { name: 'A', value: '1' },
            { name: 'B', value: '2' },
          ],
        },
      },
    });
  });

  it('takes the image of a bundle from the bundle, and needs no credentials for it', () => {
    const srcRepo = { bundleContainer: { image: 'r.test/source:v1' } };
    expect(specOf(toStored(older({ image: 'i', build: { builder: 'b', srcRepo } })))).toMatchObject({ build: { srcRepo } });
  });

  it('takes the polling interval of a scaled job from the job', () => {
    const scaleOptions = { keda: { scaledJob: { pollingInterval: 7, maxReplicaCount: 4 } } };
    expect(specOf(toStored(older({ image: 'i', serving: { runtime: 'async', scaleOptions } })))).toEqual({
      image: 'i',
      serving: { workloadType: 'Job', scaleOptions: { maxReplicas: 4, keda: { scaledJob: { pollingInterval: 7 } } } },
    });
  });

  it('keeps outputs to components that are declared elsewhere', () => {
    const outputs = [{ name: 'out', component: 'shared', params: { key: 'k' }, operation: 'create' }];
    expect(specOf(toStored(older({ image: 'i', serving: { runtime: 'knative', outputs } })))).toEqual({
      image: 'i',
      serving: { outputs: [{ dapr: { name: 'shared', outputName: 'out', metadata: { key: 'k' }, operation: 'create' } }] },
    });
  });

  it('keeps the reason, the message and the address of a status', () => {
    const status = { serving: { state: 'Failed', reason: 'Why', message: 'Because.', service: 's' } };
    expect(toStored({ ...older({ image: 'i' }), status }).status).toEqual(status);
    expect(fromStored({ ...stored({ image: 'i' }), status }).status).toEqual(status);
  });

  it('keeps KEDA triggers without scale options, and inputs of a function that answers HTTP', () => {
    const serving = { runtime: 'knative', inputs: [{ name: 'in', component: 'k' }], triggers: [{ type: 'kafka' }], bindings: { k: kafka } };
    expect(specOf(toStored(older({ image: 'i', serving })))).toEqual({
      image: 'i',
      serving: {
        bindings: { k: kafka },
        triggers: { inputs: [{ dapr: { name: 'k', type: 'bindings.kafka', inputName: 'in' } }] },
        scaleOptions: { keda: { triggers: [{ type: 'kafka' }] } },
      },
    });
  });

  it('reads annotations that are no YAML as nothing, and keeps them', () => {
    const bomb = `a: &a [x, x]\nb: &b [*a, *a]\npre: [${'*b, '.repeat(500)}]`;
    for (const plugins of ['{', 'pre: 1', bomb, 'x: &x [*x]']) {
      const made = toStored(older({ image: 'i', serving: { runtime: 'knative' } }, { plugins }));
      expect(made).toMatchObject({ spec: { image: 'i', serving: {} }, metadata: { annotations: { plugins } } });
      expect(made.spec).not.toHaveProperty('serving.hooks');
    }
  });
});

it('says in v1beta2 what v1beta1 means', () => {
  const spec = {
    image: 'r.test/orders:v1',
    port: 8081,
    route: { hostnames: ['a.test'] },
    serving: { runtime: 'knative', scaleOptions: { minReplicas: 1, maxReplicas: 2 } },
  };
  const plugins = 'order: [a, b]';
  expect(toStored(older(spec, { plugins }))).toEqual(
    stored(
      {
        image: 'r.test/orders:v1',
        serving: {
          triggers: { http: { port: 8081, route: { hostnames: ['a.test'] } } },
          scaleOptions: { minReplicas: 1, maxReplicas: 2 },
          hooks: { pre: ['a', 'b'], post: ['b', 'a'], policy: 'Override' },
        },
      },
      { plugins },
    ),
  );
});

it('remembers nothing of an asynchronous function as people wrote it', () => {
  const serving = {
    runtime: 'async',
    inputs: [{ name: 'target-topic', component: 'kafka' }],
    bindings: { kafka },
    scaleOptions: { keda: { scaledObject: { workloadType: 'StatefulSet', minReplicaCount: 0, maxReplicaCount: 10, pollingInterval: 15 } } },
    triggers: [{ type: 'kafka', metadata: { topic: 't' } }],
  };
  const made = toStored(older({ image: 'i', serving }));
  expect(made).toEqual(
    stored({
      image: 'i',
      serving: {
        triggers: { dapr: [{ name: 'kafka', type: 'bindings.kafka', inputName: 'target-topic' }] },
        bindings: { kafka },
        scaleOptions: {
          minReplicas: 0,
          maxReplicas: 10,
          keda: { scaledObject: { pollingInterval: 15 }, triggers: [{ type: 'kafka', metadata: { topic: 't' } }] },
        },
        workloadType: 'StatefulSet',
      },
    }),
  );
});

it('lets a change in one version stand in the other', () => {
  const object = older({ image: 'i', serving: { runtime: 'async', inputs: [{ name: 'a', component: 'a', operation: 'get' }] } });
  const made = toStored(object);
  expect(made.metadata.annotations).toHaveProperty(['openfunction.io/v1beta1']);
  const scaled = { ...made, spec: { ...(made.spec as object), image: 'other' } };
  expect(specOf(fromStored(scaled))).toEqual({ ...(object.spec as object), image: 'other' });
  const without = { ...made, spec: { image: 'i', serving: { triggers: { http: { port: 80 } } } } };
  expect(specOf(fromStored(without))).toEqual({ image: 'i', port: 80, serving: { runtime: 'knative' } });
});

it('takes nothing from an annotation that both versions say alike', () => {
  const entry = (path: string[], to: unknown): string => JSON.stringify([{ path, to }]);
  const spec = { image: 'i', serving: { runtime: 'knative' } };
  const hostile = [
    entry(['serving', 'template'], { hostNetwork: true }),
    entry(['serving'], { template: { hostNetwork: true } }),
    JSON.stringify([{ path: [], from: { image: 'i', serving: {} }, to: { image: 'evil' } }]),
    JSON.stringify([{ path: ['image'], from: 'i', to: 'evil' }]),
    entry(['__proto__', 'polluted'], true),
    entry(['constructor', 'prototype', 'polluted'], true),
    '[{"path":[1.5]}]',
    '{',
    'null',
    JSON.stringify([{ path: Array.from({ length: 5000 }, () => 'a') }]),
  ];
  for (const memory of hostile) {
    expect(specOf(toStored(older(spec, { 'openfunction.io/v1beta2': memory })))).toEqual({ image: 'i', serving: {} });
    expect(specOf(fromStored(stored({ image: 'i', serving: {} }, { 'openfunction.io/v1beta1': memory })))).toEqual(spec);
  }
  expect({}).not.toHaveProperty('polluted');
});

it('converts what is nested 1,000 deep', () => {
  const deep = JSON.parse(`${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`) as object;
  const object = stored({ image: 'i', serving: { tracing: deep } });
  expect(sameJson(toStored(fromStored(object)).spec, object.spec)).toBe(true);
});

it.each(samples.map((sample) => [sample.metadata.name, sample] as const))(
  'shows the published sample %s in v1beta1, valid',
  (_name, sample) => {
    const shown = fromStored(sample);
    expect(validateOlder(shown)).toEqual([]);
    // Its template of a former version is pruned, as by the API server.
    expect(validateObject(functionKind, toStored(shown))).toEqual([]);
  },
);

it('judges a v1beta1 object by its own fields, and by what it becomes', () => {
  const fields = (object: KubeObject): string[] => validateOlder(object).map(({ field }) => field);
  expect(fields(older({ image: 'i', serving: {} }))).toEqual(['spec.serving.runtime']);
  expect(fields(older({ image: 'i', port: 0, serving: { runtime: 'knative' } }))).toEqual(['spec.port']);
  expect(fields(older({ image: 'i' }))).toEqual(['spec']);
  expect(fields(older({ image: 'i', serving: { runtime: 'knative', template: { hostNetwork: true } } }))).toEqual([
    'spec.serving.template.hostNetwork',
  ]);
  const scaleOptions = { minReplicas: 3, maxReplicas: 2 };
  expect(fields(older({ image: 'i', serving: { runtime: 'knative', scaleOptions } }))).toEqual(['spec.serving.scaleOptions.minReplicas']);
  expect(fields(older({ image: 'i', serving: { runtime: 'knative' } }))).toEqual([]);
});
