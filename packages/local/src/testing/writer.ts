import { writeSync } from 'node:fs';
import type { KubeObject, ResourceKind } from '@openfunction/resources';
import { sqliteStore } from '../sqlite-store.ts';

const widgets: ResourceKind = {
  group: 'contract.openfunction.io',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
  hasStatus: true,
};

/** Writes objects without end, several at once, and says the name of each one that was acknowledged. */
async function writeForever(path: string): Promise<void> {
  const store = sqliteStore({ path });
  let count = 0;
  const write = async (): Promise<void> => {
    for (;;) {
      const name = `w${count}`;
      count += 1;
      const object: KubeObject = {
        apiVersion: 'contract.openfunction.io/v1',
        kind: 'Widget',
        metadata: { name, namespace: 'default' },
        spec: {},
      };
      await store.create(widgets, object);
      writeSync(1, `${name}\n`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, write));
}

await writeForever(process.argv[2] ?? ':memory:');
