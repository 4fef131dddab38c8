import { inject } from 'vitest';
import { chosenDriver } from './drivers.ts';
import type { Target } from './target.ts';

/** The ground that runs, for a scenario. */
export async function useTarget(): Promise<Target> {
  const driver = await chosenDriver(process.env['OFN_E2E_TARGET']);
  return driver.connect(inject('target'));
}
