import type { FunctionSpec } from './schema.ts';

/** The spec of a Function with what holds where it says nothing. Read, never stored. */
export function functionDefaults(spec: FunctionSpec): { version: string; workloadRuntime: 'OCIContainer' | 'wasmedge' | undefined } {
  const runtime = (spec.workloadRuntime ?? 'OCIContainer').toLowerCase();
  const known = (['OCIContainer', 'wasmedge'] as const).find((each) => each.toLowerCase() === runtime);
  return { version: spec.version ?? 'latest', workloadRuntime: known };
}
