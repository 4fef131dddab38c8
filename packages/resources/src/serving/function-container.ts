import type { Serving } from './schema.ts';

type Template = NonNullable<Serving['spec']['template']>;
export type FunctionContainer = NonNullable<Template['containers']>[number];

/** The container that stands for the function: the one named `function`, else the first. */
export function functionContainer({ spec }: Serving): { container: FunctionContainer; index: number } | undefined {
  const containers = spec.template?.containers ?? [];
  const named = containers.findIndex(({ name }) => name === 'function');
  const index = named < 0 ? 0 : named;
  const container = containers[index];
  return container === undefined ? undefined : { container, index };
}
