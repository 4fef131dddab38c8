import type { KubeObject } from '../object.ts';

function functionOf(name: string, spec: Record<string, unknown>, annotations?: Record<string, string>): KubeObject {
  return {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Function',
    metadata: { name, ...(annotations && { annotations }) },
    spec: { version: 'v2.0.0', image: `registry.test/samples/${name}:v1`, ...spec },
  };
}

const template = { containers: [{ name: 'function', imagePullPolicy: 'IfNotPresent' }] };
const srcRepo = { url: 'https://git.test/samples.git', sourceSubPath: 'functions/x', revision: 'main' };
const goBuild = (target: string) => ({
  builder: 'openfunction/builder-go:latest',
  env: { FUNC_NAME: target, FUNC_CLEAR_SOURCE: 'true' },
  srcRepo,
});
const metadata = (...names: string[]) => names.map((name) => ({ name, value: 'x' }));

/** Functions in the shapes that OpenFunction's published samples have. */
export const samples: readonly KubeObject[] = [
  functionOf(
    'function-front',
    {
      imageCredentials: { name: 'push-secret' },
      build: goBuild('ForwardToKafka'),
      serving: {
        hooks: { pre: ['plugin-custom', 'plugin-example'], post: ['plugin-example', 'plugin-custom'] },
        scaleOptions: { minReplicas: 0, maxReplicas: 5 },
        outputs: [{ dapr: { name: 'kafka-server', operation: 'create' } }],
        bindings: {
          'kafka-server': {
            type: 'bindings.kafka',
            version: 'v1',
            metadata: metadata('brokers', 'authRequired', 'publishTopic', 'topics', 'consumerGroup'),
          },
        },
        template,
        triggers: { http: { port: 8080 } },
      },
    },
    { plugins: 'pre: [plugin-custom, plugin-example]\npost: [plugin-custom, plugin-example]\n' },
  ),
  functionOf('kafka-input', {
    workloadRuntime: 'OCIContainer',
    build: goBuild('HandleKafkaInput'),
    serving: {
      bindings: {
        'target-topic': {
          type: 'bindings.kafka',
          version: 'v1',
          ignoreErrors: false,
          initTimeout: '',
          metadata: metadata('brokers', 'topics'),
        },
      },
      scaleOptions: {
        minReplicas: 0,
        maxReplicas: 10,
        keda: {
          scaledObject: {
            pollingInterval: 15,
            cooldownPeriod: 60,
            advanced: {
              horizontalPodAutoscalerConfig: {
                behavior: {
                  scaleDown: { stabilizationWindowSeconds: 45, policies: [{ type: 'Percent', value: 50, periodSeconds: 15 }] },
                  scaleUp: { stabilizationWindowSeconds: 0 },
                },
              },
            },
          },
          triggers: [
            { type: 'kafka', metadata: { bootstrapServers: 'x', consumerGroup: 'kafka-input', topic: 'sample-topic', lagThreshold: '20' } },
          ],
        },
      },
      triggers: { dapr: [{ name: 'target-topic', type: 'bindings.kafka' }] },
      workloadType: 'Deployment',
      template,
    },
  }),
  functionOf('podinfo', {
    image: 'stefanprodan/podinfo',
    serving: {
      triggers: {
        http: {
          engine: 'keda',
          port: 9898,
          route: {
            gatewayRef: { name: 'openfunction', namespace: 'openfunction' },
            hostnames: ['podinfo.com'],
            rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }] }],
          },
        },
      },
      scaleOptions: { minReplicas: 0, maxReplicas: 10, keda: { httpScaledObject: { targetPendingRequests: 100, cooldownPeriod: 60 } } },
      template,
    },
  }),
  functionOf('wasmedge-http-server', {
    workloadRuntime: 'wasmedge',
    build: { dockerfile: 'Dockerfile', srcRepo },
    serving: {
      scaleOptions: { minReplicas: 0 },
      template: {
        containers: [
          {
            name: 'function',
            command: ['/wasmedge_hyper_server.wasm'],
            imagePullPolicy: 'IfNotPresent',
            livenessProbe: { tcpSocket: { port: 8080 }, initialDelaySeconds: 3, periodSeconds: 30 },
          },
        ],
      },
      triggers: { http: { port: 8080, route: { rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/echo' } }] }] } } },
    },
  }),
  functionOf('redis-state-store', {
    build: {
      builder: 'openfunction/builder-java:v2-18',
      env: { FUNC_NAME: 'dev.openfunction.samples.StateStore', FUNC_CLEAR_SOURCE: 'true' },
      shipwright: { params: [{ name: 'CACHE_IMAGE', value: 'x' }] },
      srcRepo: { url: 'https://git.test/java-samples.git', revision: 'main' },
    },
    serving: {
      states: {
        redis: {
          spec: {
            type: 'state.redis',
            version: 'v1',
            metadata: [
              { name: 'redisHost', value: 'redis:6379' },
              { name: 'redisPassword', value: '' },
            ],
          },
        },
      },
      template,
    },
  }),
  functionOf('sample-go-app', {
    build: {
      builder: 'openfunction/buildah:v1.23.1',
      shipwright: { strategy: { kind: 'ClusterBuildStrategy', name: 'buildah' } },
      srcRepo,
    },
    serving: { template, triggers: { http: { port: 8080 } } },
  }),
  functionOf('function-ko', { build: { builder: 'golang:1.17', dockerfile: 'Dockerfile', srcRepo }, serving: { template } }),
  functionOf('java-buildpacks', { build: { builder: 'cnbs/sample-builder:alpine', srcRepo }, serving: { template } }),
  functionOf('hello-world-node', {
    build: { builder: 'openfunction/builder-node:v2-16.15', env: { FUNC_NAME: 'helloWorld', FUNC_TYPE: 'http' }, srcRepo },
    // Left over from v1beta1; its schema prunes it.
    serving: { runtime: 'knative', template },
  }),
  functionOf('mqtt-io-node', {
    serving: {
      annotations: { 'dapr.io/app-protocol': 'http', 'dapr.io/log-level': 'debug' },
      params: { FUNCTION_TARGET: 'tryAsync', FUNCTION_SIGNATURE_TYPE: 'openfunction', DEBUG: 'common:*,ofn:*' },
      triggers: { dapr: [{ name: 'mqtt-sub', type: 'pubsub.mqtt', topic: 'sub' }] },
      outputs: [{ dapr: { name: 'mqtt-pub', topic: 'pub' } }],
      pubsub: {
        'mqtt-sub': {
          type: 'pubsub.mqtt',
          version: 'v1',
          metadata: [
            { name: 'qos', value: 1 },
            { name: 'retain', value: false },
          ],
        },
      },
      template,
    },
  }),
  functionOf('cron-input', {
    serving: {
      triggers: { dapr: [{ name: 'cron', type: 'bindings.cron' }] },
      bindings: { cron: { type: 'bindings.cron', version: 'v1', metadata: [{ name: 'schedule', value: '@every 2s' }] } },
      template,
    },
  }),
  functionOf('file-read-write', {
    serving: {
      template: {
        containers: [{ name: 'function', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
      },
    },
  }),
  functionOf('get-config-from-configmap', {
    serving: {
      template: {
        containers: [
          { name: 'function', env: [{ name: 'GREETING', valueFrom: { configMapKeyRef: { name: 'config', key: 'greeting' } } }] },
          { name: 'other', envFrom: [{ secretRef: { name: 'secret' } }], volumeMounts: [{ name: 'config', mountPath: '/etc/config' }] },
        ],
        volumes: [{ name: 'config', configMap: { name: 'config', items: [{ key: 'a', path: 'a.txt' }] } }],
      },
    },
  }),
];
