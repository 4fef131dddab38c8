import type { TargetDriver } from './target.ts';

/** The grounds by name; only the one that is asked for is loaded. */
export const drivers: Record<string, () => Promise<TargetDriver<unknown>>> = {
  embedded: async () => (await import('./embedded.ts')).driver,
  kubernetes: async () => (await import('./kubernetes/index.ts')).kubernetes,
};

/** The driver that `OFN_E2E_TARGET` names. */
export async function chosenDriver(name: string | undefined): Promise<TargetDriver<unknown>> {
  const load = drivers[name ?? ''];
  if (load === undefined) {
    throw new Error(`There is no target "${name ?? ''}" to run scenarios on. Choose one of: ${Object.keys(drivers).join(', ')}.`);
  }
  return load();
}
