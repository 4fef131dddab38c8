import { invalid, type FieldCause } from '../field-cause.ts';
import type { BuildSpec } from '../function/schema.ts';
import { broken, type CrossFieldRule } from './cross-field.ts';
import { checkEnvMap } from './env-map.ts';

export const buildRules: readonly CrossFieldRule<BuildSpec>[] = [
  {
    cel: 'has(self.builder) || has(self.dockerfile)',
    holds: ({ builder, dockerfile }) => builder !== undefined || dockerfile !== undefined,
    message: 'set builder or dockerfile',
    reason: 'FieldValueRequired',
  },
];

export const sourceRules: readonly CrossFieldRule<BuildSpec['srcRepo']>[] = [
  {
    cel: 'has(self.url) || has(self.bundleContainer)',
    holds: ({ url, bundleContainer }) => url !== undefined || bundleContainer !== undefined,
    message: 'set url or bundleContainer',
    reason: 'FieldValueRequired',
  },
];

function isInside(path: string): boolean {
  return !path.startsWith('/') && !/[\\\0]/.test(path) && !path.split('/').includes('..');
}

/** What is wrong with how something is built. */
export function checkBuild(build: BuildSpec, path: string): FieldCause[] {
  const { sourceSubPath } = build.srcRepo;
  const leaves = sourceSubPath !== undefined && !isInside(sourceSubPath);
  return [
    ...broken(buildRules, build, path),
    ...broken(sourceRules, build.srcRepo, `${path}.srcRepo`),
    ...(leaves ? [invalid(`${path}.srcRepo.sourceSubPath`, 'leaves the source; name a folder inside it')] : []),
    ...checkEnvMap(build.env, `${path}.env`),
  ];
}
