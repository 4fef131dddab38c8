import { expect, it } from 'vitest';
import { customResourceDefinitions } from './crd.ts';

const text = (file: string): string => JSON.stringify(customResourceDefinitions().get(file));

it('defines each kind of OpenFunction', () => {
  expect([...customResourceDefinitions().keys()]).toEqual([
    'core.openfunction.io_functions.yaml',
    'core.openfunction.io_builders.yaml',
    'core.openfunction.io_servings.yaml',
    'networking.openfunction.io_gateways.yaml',
  ]);
});

it('refuses what would leave the sandbox in functions and servings', () => {
  for (const file of ['core.openfunction.io_functions.yaml', 'core.openfunction.io_servings.yaml']) {
    for (const name of ['hostNetwork', 'securityContext', 'hostPort', 'hostPath']) expect(text(file)).toContain(`"!has(self.${name})"`);
  }
});

it('lets the spec of a serving never change', () => {
  expect(text('core.openfunction.io_servings.yaml')).toContain('"self == oldSelf"');
});
