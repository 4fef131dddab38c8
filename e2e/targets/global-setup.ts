import type { TestProject } from 'vitest/node';
import { chosenDriver } from './drivers.ts';

declare module 'vitest' {
  interface ProvidedContext {
    target: unknown;
  }
}

/** Brings the ground up once for all scenarios, and takes it down when they have ended. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const driver = await chosenDriver(process.env['OFN_E2E_TARGET']);
  const { info, close } = await driver.start();
  project.provide('target', info);
  return close;
}
