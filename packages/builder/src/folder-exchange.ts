import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { artifactLimits, assertWithin } from '@openfunction/artifact';
import type { BuildExchange } from './builder-service.ts';

/** Exchanges through folders below `dir`, which the build instances of this machine can reach. */
export function folderExchange(options: { dir: string }): BuildExchange {
  const folder = (builder: string): string => join(options.dir, encodeURIComponent(builder));
  return {
    prepare: async (builder, sourceTar) => {
      await rm(folder(builder), { recursive: true, force: true });
      await mkdir(join(folder(builder), 'output'), { recursive: true });
      const source = join(folder(builder), 'source.tar');
      if (sourceTar !== undefined) await writeFile(source, sourceTar);
      return { OFN_OUTPUT: join(folder(builder), 'output'), ...(sourceTar === undefined ? {} : { OFN_SOURCE: source }) };
    },
    collect: async (builder) => {
      const read = async (name: string, limit: number): Promise<Uint8Array> => {
        const path = join(folder(builder), 'output', name);
        assertWithin((await stat(path)).size, limit, name);
        return readFile(path);
      };
      return {
        manifest: await read('manifest.json', artifactLimits.config),
        bundle: await read('bundle.js', artifactLimits.bundle),
        assets: await read('assets.tar', artifactLimits.assets),
      };
    },
    release: (builder) => rm(folder(builder), { recursive: true, force: true }),
  };
}
