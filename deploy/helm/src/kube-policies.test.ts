import { instanceLabels } from '@openfunction/kube';
import { beforeAll, describe, expect, it } from 'vitest';
import { isAllowed, type NetworkPolicy, type Pod } from './policies.ts';
import { namespace, render, type Rendered } from './render.ts';
import { attempts, calls, forwardedPort, listens, type Part, type Party } from './traffic.ts';

interface Deployment extends Rendered {
  spec: {
    template: {
      metadata: { labels: Record<string, string> };
      spec: { containers: { env: { name: string; value?: string }[]; ports: { name: string; containerPort: number }[] }[] };
    };
  };
}
interface Service extends Rendered {
  spec: { selector?: Record<string, string>; ports: { port: number; targetPort: string }[] };
}

const component = 'app.kubernetes.io/component';
const parts = Object.keys(listens) as Part[];

// It needs helm, which the test cluster brings.
describe.skipIf(process.env['OFN_TEST_KUBECONFIG'] === undefined)('the network policies of the chart', () => {
  let objects: Rendered[];
  beforeAll(() => {
    objects = render();
  });
  const of = <T extends Rendered>(kind: string): T[] => objects.filter((object) => object.kind === kind) as T[];
  const deployment = (part: Part): Deployment => of<Deployment>('Deployment').find(({ metadata }) => metadata.name === part)!;
  const containerOf = (part: Part): Deployment['spec']['template']['spec']['containers'][0] =>
    deployment(part).spec.template.spec.containers[0]!;

  function pod(party: Party): Pod {
    if (party === 'stranger') return { namespace: 'default', labels: { app: 'stranger' } };
    if (party === 'runner' || party === 'image' || party === 'build') return { namespace: 'default', labels: instanceLabels(party) };
    return { namespace, labels: deployment(party).spec.template.metadata.labels };
  }

  it('let through what the platform calls and nothing else, whoever tries', () => {
    const policies = of<Rendered & NetworkPolicy>('NetworkPolicy');
    const key = ({ from, to, port }: { from: Party; to: Party; port: number }): string => `${from} -> ${to}:${port}`;
    const wanted = new Set(calls.map(key));
    const unrestricted = (to: Party, from: Party, port: number): boolean =>
      to === 'image' && (from === 'gateway' || from === 'event-bus') && port !== 0;
    const wrong = attempts()
      .filter(({ from, to, port }) => !unrestricted(to, from, port))
      .filter(
        (attempt) => isAllowed(policies, { from: pod(attempt.from), to: pod(attempt.to), port: attempt.port }) !== wanted.has(key(attempt)),
      )
      .map((attempt) => `${key(attempt)} ${wanted.has(key(attempt)) ? 'is not let through' : 'is let through'}`);
    expect(wrong).toEqual([]);
    expect(calls.every(({ from, to, port }) => isAllowed(policies, { from: pod(from), to: pod(to), port }))).toBe(true);
  });

  it('name the ports on which the parts listen', () => {
    for (const part of parts) {
      const { ports, env } = containerOf(part);
      expect(Object.fromEntries(ports.map(({ name, containerPort }) => [name, containerPort])), part).toEqual(listens[part]);
      const told = env.filter(({ name }) => name.endsWith('_PORT')).map(({ value }) => Number(value));
      expect(new Set(told.filter((port) => port !== forwardedPort)), part).toEqual(new Set(Object.values(listens[part])));
    }
  });

  it('name all that the parts are told to call', () => {
    const services = of<Service>('Service');
    for (const from of [...parts, 'build'] as const) {
      const env = from === 'build' ? containerOf('builder').env.filter(({ name }) => name === 'OFN_EXCHANGE_URL') : containerOf(from).env;
      for (const { name, value = '' } of env) {
        if (!/_(ADDRESS|REPLICAS|URL)$/.test(name) || (from === 'builder' && name === 'OFN_EXCHANGE_URL')) continue;
        const [, host = '', port = ''] = /^(?:https:\/\/)?([^:]+):(\d+)$/.exec(value) ?? [];
        const service = services.find(({ metadata }) => host === `${metadata.name}.${namespace}.svc.cluster.local`);
        const to = service?.spec.selector?.[component] as Part;
        const target = listens[to]?.[service?.spec.ports.find((each) => each.port === Number(port))?.targetPort ?? ''];
        expect(calls, `${from} ${name}=${value}`).toContainEqual(expect.objectContaining({ from, to, port: target }));
      }
    }
  });

  it('are all there, and none without a choice', () => {
    expect(
      of('NetworkPolicy')
        .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
        .toSorted(),
    ).toEqual([
      'default/openfunction-builds',
      'default/openfunction-images',
      'default/openfunction-runners',
      'openfunction/builder',
      'openfunction/controller',
      'openfunction/converter',
      'openfunction/event-bus',
      'openfunction/gateway',
      'openfunction/pod-pool',
    ]);
    expect(render('--set', 'networkPolicies.create=false').filter(({ kind }) => kind === 'NetworkPolicy')).toEqual([]);
  });
});
