import { writeTar, type ModuleArtifact, type TarEntry } from '@openfunction/artifact';
import { collectAssets, dependencyAssets } from './assets.ts';
import type { BuildPlan } from './build/plan.ts';
import { bundle, type Bundle } from './bundle.ts';
import { detectEntry, readPackageJson, type PackageJson } from './detect-entry.ts';

export interface MakeModule {
  /** Absolute, without links. */
  dir: string;
  plan: Pick<BuildPlan, 'clearSource' | 'functionSource' | 'signature' | 'target'>;
  /** Makes the dependencies be there. */
  install: (packageJson: PackageJson | undefined) => Promise<void>;
  log: (text: string) => void;
  /** For people who develop: a source map, and a bundle that is never shortened. */
  isMapped?: boolean;
}

export interface MadeModule {
  artifact: ModuleArtifact;
  /** JSON of the bundle's source map, when it was asked for. */
  sourceMap?: string;
}

/** Source in a folder → module artifact, in memory. Throws a BuildError that says what to change. */
export async function makeModule({ dir, plan, install, log, isMapped }: MakeModule): Promise<MadeModule> {
  const packageJson = await readPackageJson(dir);
  const entry = await detectEntry(dir, packageJson, plan.functionSource);
  // Before the installation, so that nothing it leaves behind makes two builds differ.
  const files = await collectAssets(dir);
  await install(packageJson);
  log(`Bundling ${entry}\n`);
  const made = await bundle({ dir, entry, isMapped });
  for (const warning of made.warnings) log(`Warning: ${warning}\n`);
  files.push(...(await dependencyAssets(dir, made.readers)));
  return { artifact: await asArtifact(plan, entry, made, files), sourceMap: made.sourceMap };
}

async function asArtifact(plan: MakeModule['plan'], entry: string, made: Bundle, files: TarEntry[]): Promise<ModuleArtifact> {
  const code = new Set(plan.clearSource ? made.inputs : []);
  const shipped = files.filter(({ path }) => !code.has(path));
  return {
    manifest: {
      runtime: 'node',
      format: made.format,
      exports: made.exports,
      target: plan.target,
      signature: plan.signature,
      entry,
    },
    bundle: Buffer.from(made.code),
    assets: shipped.length === 0 ? new Uint8Array() : await writeTar(shipped),
  };
}
