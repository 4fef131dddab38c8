import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { nodeProblem } from './node-problem.ts';

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { engines: { node: string } };

it('takes the Node that the package asks for, and newer ones', () => {
  const least = `${engines.node.replace('>=', '')}.0`;
  expect([least, '22.20.1', '24.0.0', '100.0.0'].map(nodeProblem)).toEqual([undefined, undefined, undefined, undefined]);
});

it.each(['20.20.2', '22.18.0', '18.0.0'])('says under Node %s which one it needs', (version) => {
  expect(nodeProblem(version)).toBe(
    `ofn needs Node ${engines.node.replace('>=', '')} or newer, and this is Node ${version}. Install a newer one: https://nodejs.org/en/download`,
  );
});
