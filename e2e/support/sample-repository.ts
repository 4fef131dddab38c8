import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { gitServer } from '@openfunction/builder/testing';
import { expect } from 'vitest';
import type { Target } from '../targets/target.ts';

export interface Sample {
  name: string;
  /** Of its build. */
  env: Record<string, string>;
  serving: object;
}

export interface SampleRepository {
  /** Applies a Function of the repository's source, of the signature `openfunction`. */
  apply(sample: Sample): Promise<void>;
  close(): Promise<void>;
}

/** A folder below `e2e/functions` in a repository of samples, from which Functions in OpenFunction's published shape are built. */
export async function sampleRepository(target: Target, folder: string): Promise<SampleRepository> {
  const repository = await gitServer({ host: target.serverHost });
  const source = path.resolve(import.meta.dirname, '../functions', folder);
  const files = await Promise.all(
    (await readdir(source)).map(async (name) => [
      path.join('functions/async', folder, name),
      await readFile(path.join(source, name), 'utf8'),
    ]),
  );
  await repository.commit(Object.fromEntries(files) as Record<string, string>);

  return {
    apply: async ({ name, env, serving }) => {
      const fn = {
        apiVersion: 'core.openfunction.io/v1beta2',
        kind: 'Function',
        metadata: { name },
        spec: {
          version: 'v1.0.0',
          image: `${target.imagePrefix}/${folder}-${name}:v1`,
          workloadRuntime: 'OCIContainer',
          build: {
            builder: 'openfunction/builder-node:latest',
            env: { FUNC_TYPE: 'openfunction', FUNC_CLEAR_SOURCE: 'true', ...env },
            srcRepo: { url: repository.url, sourceSubPath: `functions/async/${folder}`, revision: 'main' },
          },
          serving: { template: { containers: [{ name: 'function', imagePullPolicy: 'IfNotPresent' }] }, ...serving },
        },
      };
      const { code, stderr } = await target.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify(fn) });
      expect(code, stderr).toBe(0);
    },
    close: () => repository.close(),
  };
}
