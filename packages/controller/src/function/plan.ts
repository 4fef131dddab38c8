import type { Builder, FunctionStatus, Serving } from '@openfunction/resources';
import { planBuild } from './build-plan.ts';
import { planServing } from './serving-plan.ts';
import { functionStatus, refusedStatus } from './status.ts';
import { nameOf, sooner, type FunctionWorld } from './world.ts';

export interface FunctionPlan {
  /** What is missing, or differs from what it must be. */
  create: { builder?: Builder; serving?: Serving };
  /** Builders that run for nothing. */
  cancel: Builder[];
  remove: { builders: string[]; servings: string[] };
  status: FunctionStatus;
  /** The Serving that gets the traffic. */
  traffic?: string;
  /** When time alone changes the plan. */
  requeueAfterMs?: number;
}

/** Which Builder and Serving a Function has, and which Serving has the traffic. A spec that is refused changes nothing. */
export function planFunction(world: FunctionWorld): FunctionPlan {
  if (world.causes.length > 0) return refusedPlan(world);
  const build = planBuild(world);
  const serving = planServing(world, build.image);
  const requeueAfterMs = sooner(build.requeueAfterMs, serving.requeueAfterMs);
  return {
    create: {
      ...(build.create === undefined ? {} : { builder: build.create }),
      ...(serving.create === undefined ? {} : { serving: serving.create }),
    },
    cancel: build.cancel,
    remove: { builders: build.remove, servings: serving.remove },
    status: functionStatus(world, build, serving),
    ...(serving.traffic === undefined ? {} : { traffic: serving.traffic }),
    ...(requeueAfterMs === undefined ? {} : { requeueAfterMs }),
  };
}

function refusedPlan(world: FunctionWorld): FunctionPlan {
  const last = world.fn.status?.serving?.lastSuccessfulResourceRef;
  const traffic = world.servings.map(nameOf).find((name) => name === last);
  return {
    create: {},
    cancel: [],
    remove: { builders: [], servings: [] },
    status: refusedStatus(world),
    ...(traffic === undefined ? {} : { traffic }),
  };
}
