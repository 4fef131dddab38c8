import { afterAll, beforeAll, expect, it } from 'vitest';
import { pushServerImage } from '@openfunction/images/testing';
import { call, probeOf } from '../support/call.ts';
import { instances, kubectl, remove } from '../support/functions.ts';
import { failures, traffic } from '../support/traffic.ts';
import { until } from '../support/until.ts';
import { useTarget } from '../targets/use-target.ts';

const target = await useTarget();
const name = 'podinfo';
const host = 'podinfo.com';
let image = '';

beforeAll(async () => {
  image = await pushServerImage(target.registry, 'e2e/any-image:v1');
});
afterAll(async () => {
  await remove(target, 'default', name, 'several', 'crashes');
  await kubectl(target, 'delete', 'secret/image-secret', '--ignore-not-found');
});

interface Given {
  name?: string;
  image?: string;
  version?: string;
  container?: Record<string, unknown>;
  hostname?: string;
  /** Requests that one instance takes at a time. */
  containerConcurrency?: number;
}

/** The published shape of a function on KEDA's engine for HTTP, with an image that has no framework in it. */
async function apply({ container, version = 'one', hostname = host, containerConcurrency, ...given }: Given): Promise<void> {
  const route = {
    gatewayRef: { name: 'openfunction', namespace: 'openfunction' },
    hostnames: [hostname],
    rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }] }],
  };
  const manifest = {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Function',
    metadata: { name: given.name ?? name, namespace: 'default' },
    spec: {
      version: 'v2.0.0',
      image: given.image ?? image,
      serving: {
        triggers: { http: { engine: 'keda', port: 9898, route } },
        scaleOptions: {
          minReplicas: 0,
          maxReplicas: 10,
          keda: { httpScaledObject: { targetPendingRequests: 100, cooldownPeriod: 5 } },
        },
        ...(containerConcurrency === undefined ? {} : { containerConcurrency }),
        annotations: { 'autoscaling.knative.dev/window': '6s' },
        params: { VERSION: version },
        template: { containers: [{ name: 'function', imagePullPolicy: 'IfNotPresent', ...container }] },
      },
    },
  };
  const { code, stderr } = await target.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify(manifest) });
  if (code !== 0) throw new Error(stderr);
}
const condition = async (type: string, of = name): Promise<string> =>
  kubectl(
    target,
    'get',
    'function',
    of,
    '-o',
    `jsonpath={range .status.conditions[?(@.type=="${type}")]}{.status} {.reason} {.message}{end}`,
  );
const answers = (): ReturnType<typeof call> => call(target, name, { host, timeoutMs: 120_000 });

it('runs an image that knows nothing of the platform, from none to one instance and back', async () => {
  await kubectl(target, 'create', 'secret', 'generic', 'image-secret', '--from-literal=word=xyzzy');
  await apply({ container: { env: [{ name: 'SECRET', valueFrom: { secretKeyRef: { name: 'image-secret', key: 'word' } } }] } });
  await until('the function is ready', 60_000, async () => (await condition('Ready')).startsWith('True'));
  expect(await instances(target, 'default', name)).toEqual([]);

  const first = probeOf(await answers());
  expect(first).toMatchObject({ version: 'one', secret: 'xyzzy', port: 9898 });
  expect(await instances(target, 'default', name)).toHaveLength(1);
  expect(await condition('Pooled')).toContain('False ServesByItself');
  expect(await condition('Engine')).toContain('keda');
  expect(await condition('Honoured')).not.toContain('triggers.http');

  await until('no instance is left', 170_000, async () => (await instances(target, 'default', name)).length === 0);
  expect(probeOf(await answers()).instance).not.toBe(first.instance);
});

it('starts as many instances as its callers need, each on the same port', async () => {
  await apply({ name: 'several', hostname: 'several.com', containerConcurrency: 1 });
  await until('the function is ready', 60_000, async () => (await condition('Ready', 'several')).startsWith('True'));
  const answered = await Promise.all(
    Array.from({ length: 3 }, () => call(target, 'several', { host: 'several.com', path: '/?sleep=8000', timeoutMs: 120_000 })),
  );
  expect(new Set(answered.map((answer) => probeOf(answer).instance)).size).toBe(3);
});

it('changes version under load without one failed request', async () => {
  await answers();
  const load = traffic(target, name, { perSecond: 50, host });
  await load.more(50);
  await apply({ version: 'two' });
  await until('the new version answers', 120_000, async () => {
    const last = load.answers.at(-1);
    return last?.status === 200 && probeOf(last).version === 'two';
  });
  await load.more(300);
  const all = await load.stop();
  expect(failures(all)).toEqual([]);
  expect(probeOf(all.at(-1)!).version).toBe('two');
});

it('keeps callers on the version that works when the next one crashes or does not exist, and says why', async () => {
  await answers();
  await apply({ version: 'three', container: { command: ['/usr/local/bin/node', '-e', 'process.exit(3)'] } });
  await until('the crash is told', 120_000, async () => (await condition('ServingReady')).includes('False ContainerCrashes'));
  expect(await condition('ServingReady')).toContain('exit code 3');
  expect(probeOf(await answers()).version).toBe('two');

  await apply({ version: 'four', image: image.replace(/:v1$/, ':none') });
  await until('the missing image is told', 60_000, async () => (await condition('ServingReady')).includes('False ArtifactNotFound'));
  expect(probeOf(await answers()).version).toBe('two');
});

it('answers 503 with the reason when no version ever worked', async () => {
  await apply({ name: 'crashes', hostname: 'crashes.com', container: { command: ['/usr/local/bin/node', '-e', 'process.exit(4)'] } });
  await until('it is known', 60_000, async () => (await condition('Ready', 'crashes')).startsWith('True'));
  const { status, body } = await call(target, 'crashes', { host: 'crashes.com', timeoutMs: 120_000 });
  expect(status).toBe(503);
  expect(body).toContain('ContainerCrashes');
});
