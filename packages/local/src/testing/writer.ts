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

/** Writes objects without end and says the name of each one that was acknowledged. */
async function writeForever(path: string): Promise<void> {
  const store = sqliteStore({ path });
  for (let count = 0; ; count += 1) {
    const object: KubeObject = {
      apiVersion: 'contract.openfunction.io/v1',
      kind: 'Widget',
      metadata: { name: `w${count}`, namespace: 'default' },
      spec: {},
    };
    await store.create(widgets, object);
    writeSync(1, `${object.metadata.name}\n`);
  }
}

await writeForever(process.argv[2] ?? ':memory:');
