import { realpathSync } from 'node:fs';
import path from 'node:path';
import type { OFunction } from '@openfunction/resources/nouns';

const place = /\(bundle:\d+:\d+\)/;

/** Names the line of the source where a text names one of the bundle. The same compiler makes the same bundle here; where it cannot, the text stays. */
export async function sayWhere(text: string, folder: string | undefined, { spec: { build, image } }: OFunction): Promise<string> {
  if (folder === undefined || !place.test(text)) return text;
  const [{ longBundle, makeModule, planBuild }, { sourceLines }] = await Promise.all([
    import('@openfunction/builder'),
    import('../dev/source-lines.ts'),
  ]);
  try {
    const { sourceSubPath } = build?.srcRepo ?? {};
    const plan = planBuild({ builder: build?.builder, env: build?.env, image, srcRepo: { bundleContainer: { image }, sourceSubPath } });
    const dir = realpathSync(path.join(folder, plan.source.subPath));
    const { artifact, sourceMap } = await makeModule({ dir, plan, install: async () => {}, log: () => {}, isMapped: true });
    // A longer one was shortened on the platform, and its lines are others.
    if (sourceMap === undefined || artifact.bundle.length >= longBundle) return text;
    return sourceLines({ map: sourceMap, file: 'bundle', folder: dir })(text);
  } catch {
    return text;
  }
}
