import { createHash } from 'node:crypto';
import type { Key } from '@openfunction/resources';
import type { Owner, Workload } from '@openfunction/workload';
import type { BuildPlan } from './build/plan.ts';
import type { BuildRequest } from './build-run.ts';

/** What every build instance may use. */
export interface BuildResources {
  cpu: string;
  memory: string;
  ephemeralStorage: string;
}

/** The Workload of a build: a sandboxed program that gets everything through its environment, and no credential in it. */
export function buildWorkload(request: BuildRequest, plan: BuildPlan, env: Record<string, string>, resources: BuildResources): Workload {
  return {
    key: workloadKey(request),
    owner: ownerOf(request),
    artifact: { kind: 'runner', runtime: 'build' },
    replicas: 1,
    run: 'once',
    template: { env: { ...env, OFN_BUILD_SPEC: JSON.stringify(plan) }, ...resources, deadlineSeconds: plan.deadlineSeconds },
  };
}

/** Names the uid too: a Builder that was deleted and made again must not find the build of its predecessor. */
export function workloadKey({ builder, uid }: Pick<BuildRequest, 'builder' | 'uid'>): Key {
  const { namespace, name } = keyOf(builder);
  const digits = createHash('sha256').update(uid).digest('hex').slice(0, 8);
  return { namespace, name: `build-${name.slice(0, 40).replace(/[-.]+$/, '')}-${digits}` };
}

export function ownerOf({ builder, uid }: BuildRequest): Owner {
  return { apiVersion: 'core.openfunction.io/v1beta2', kind: 'Builder', key: keyOf(builder), uid };
}

export function keyOf(builder: string): Key {
  const [namespace = '', name = ''] = builder.split('/');
  return { namespace, name };
}
