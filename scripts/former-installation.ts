// What OpenFunction 1.2 leaves in a cluster, in its shape: CRDs with two versions, a conversion webhook that nobody answers, and objects.

type Json = Record<string, unknown>;

const open: Json = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const text: Json = { type: 'string' };

const column = (name: string, jsonPath: string): Json => ({ name, type: 'string', jsonPath });

function version(name: string, properties: Json, storage: boolean): Json {
  return {
    name,
    served: true,
    storage,
    subresources: { status: {} },
    additionalPrinterColumns: [column('State', '.status.state'), { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }],
    schema: {
      openAPIV3Schema: {
        type: 'object',
        properties: { apiVersion: text, kind: text, metadata: { type: 'object' }, spec: { ...open, properties }, status: open },
      },
    },
  };
}

const image = { image: text, imageCredentials: { type: 'object', properties: { name: text } }, version: text };
const former: Json = { ...image, port: { type: 'integer', format: 'int32' }, runtime: text, route: open, build: open };
const present: Json = { ...image, workloadRuntime: text, build: open, template: open, triggers: open };

/** With which version is stored, and how the two are converted: before its controller ran, and after. */
export interface FormerOptions {
  stores: 'v1beta1' | 'v1beta2';
  webhook: boolean;
}

export function formerDefinitions({ stores, webhook }: FormerOptions): Json[] {
  const service = { namespace: 'openfunction', name: 'openfunction-webhook-service', path: '/convert', port: 443 };
  const conversion = webhook
    ? { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'], clientConfig: { service } } }
    : { strategy: 'None' };
  const core = (kind: string, shortNames: string[]): Json =>
    definition('core.openfunction.io', kind, shortNames, conversion, [
      version('v1beta1', former, stores === 'v1beta1'),
      version('v1beta2', present, stores === 'v1beta2'),
    ]);
  const gateway = version('v1alpha1', { domain: text, clusterDomain: text, gatewayDef: open, gatewaySpec: open }, true);
  const events = [version('v1alpha1', { eventBus: text, logLevel: text }, true)];
  return [
    core('Function', ['fn']),
    core('Builder', ['fb']),
    core('Serving', []),
    definition('networking.openfunction.io', 'Gateway', [], { strategy: 'None' }, [gateway]),
    definition('events.openfunction.io', 'EventSource', ['es'], { strategy: 'None' }, events),
  ];
}

function definition(group: string, kind: string, shortNames: string[], conversion: Json, versions: Json[]): Json {
  const plural = `${kind.toLowerCase()}s`;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, annotations: { 'controller-gen.kubebuilder.io/version': 'v0.4.1' } },
    spec: {
      group,
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), ...(shortNames.length > 0 ? { shortNames } : {}) },
      scope: 'Namespaced',
      conversion,
      versions,
    },
  };
}

const namespace = 'former';
const object = (apiVersion: string, kind: string, name: string, spec: Json, rest: Json = {}): Json => ({
  apiVersion,
  kind,
  metadata: { name, namespace, ...rest },
  spec,
});

/** A Function that was written, and stored, in v1beta1. */
export const oldest: Json = object('core.openfunction.io/v1beta1', 'Function', 'oldest', {
  version: 'v1.0.0',
  image: 'registry.test/oldest:v1',
  port: 8081,
  build: {
    builder: 'openfunction/builder-go:v0.3.0',
    params: { CACHE_IMAGE: 'registry.test/cache:v1' },
    srcRepo: { url: 'https://git.test/samples.git', sourceSubPath: 'functions/oldest' },
  },
  serving: { runtime: 'knative', params: { A: '1' }, outputs: [{ name: 'out', component: 'shared', params: { key: 'k' } }] },
});

const served = object(
  'core.openfunction.io/v1beta2',
  'Function',
  'served',
  {
    version: 'v2.0.0',
    image: 'registry.test/podinfo:v1',
    serving: {
      triggers: {
        http: { port: 9898, route: { hostnames: ['podinfo.test'], rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }] }] } },
      },
      scaleOptions: { minReplicas: 0, maxReplicas: 10 },
      template: { containers: [{ name: 'function', imagePullPolicy: 'IfNotPresent' }] },
    },
  },
  { annotations: { plugins: 'pre: [a]\npost: [a]\n' } },
);

const privileged = object('core.openfunction.io/v1beta2', 'Function', 'privileged', {
  image: 'registry.test/privileged:v1',
  serving: {
    triggers: { http: {} },
    template: { hostNetwork: true, containers: [{ name: 'function', securityContext: { privileged: true } }] },
  },
});

const gateway: Json = {
  ...object('networking.openfunction.io/v1alpha1', 'Gateway', 'openfunction', {
    domain: 'former.test',
    clusterDomain: 'cluster.local',
    gatewayDef: { namespace: 'projectcontour', gatewayClassName: 'contour', name: 'openfunction' },
    gatewaySpec: { listeners: [{ name: 'ofn-http-external', hostname: '*.former.test', port: 80, protocol: 'HTTP' }] },
  }),
  metadata: { name: 'openfunction', namespace, finalizers: ['networking.openfunction.io/finalizer'] },
};

const source = object('events.openfunction.io/v1alpha1', 'EventSource', 'untouched', { eventBus: 'default', logLevel: '1' });

/** Objects in the version that OpenFunction 1.2 stores, and one of a kind that is not ours. */
export const formerObjects: readonly Json[] = [served, privileged, gateway, source];

/** A status in the words of OpenFunction 1.2: no conditions, no observedGeneration. */
export const formerStatus: Json = {
  build: { state: 'Skipped' },
  serving: {
    state: 'Running',
    resourceHash: '9514705800353593219',
    resourceRef: 'serving-x2k4d',
    lastSuccessfulResourceRef: 'serving-x2k4d',
    service: 'serving-x2k4d-ksvc-7mz5p',
  },
  addresses: [
    { type: 'External', value: 'http://served.former.former.test/' },
    { type: 'Internal', value: 'http://served.former.svc.cluster.local/' },
  ],
  route: { hosts: ['served.former.former.test'], paths: [{ type: 'PathPrefix', value: '/' }] },
};
