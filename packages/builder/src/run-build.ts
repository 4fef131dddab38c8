import { mkdir, readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { ArtifactError, canonicalJson, digestOf, encodeModule, type ModuleArtifact } from '@openfunction/artifact';
import { packAssets } from './assets.ts';
import { BuildError } from './build-error.ts';
import { bundle } from './bundle.ts';
import type { BuildPlan } from './build/plan.ts';
import { detectEntry, readPackageJson, type PackageJson } from './detect-entry.ts';
import { fetchGit, unpackTar, type FetchedCommit } from './fetch-source.ts';
import { runCommand } from './run-command.ts';

/** What the build instance leaves as its result: JSON of at most 4,096 bytes. */
export type BuildResult =
  | { succeeded: true; digest: string; size: number; sourceDigest?: string; commitSha?: string; commitAuthor?: string }
  | { succeeded: false; reason: string; message: string };

export interface BuildSite {
  plan: BuildPlan;
  workDir: string;
  /** Gets manifest.json, bundle.js and assets.tar. */
  outputDir: string;
  /** The source, when the plan's source is a bundle. */
  sourceTar?: string;
  gitCredentials?: { username: string; password: string };
  protocols: ('https' | 'http' | 'ssh' | 'file')[];
  path: string;
  log: (text: string) => void;
}

/** One build, from source to the files of an artifact. Never throws: what is wrong is the result. */
export async function runBuild(site: BuildSite): Promise<BuildResult> {
  try {
    const source = join(site.workDir, 'source');
    const origin = await fetchSource(site, source);
    const dir = await confinedFolder(source, site.plan.source.subPath);
    const packageJson = await readPackageJson(dir);
    const entry = await detectEntry(dir, packageJson);
    // Before the installation, so that nothing it leaves behind makes two builds differ.
    const assets = await packAssets(dir);
    await install(site, dir, packageJson);
    site.log(`Bundling ${entry}\n`);
    const made = await bundle({ dir, entry });
    const artifact: ModuleArtifact = {
      manifest: {
        runtime: 'node',
        format: made.format,
        exports: made.exports,
        target: site.plan.target,
        signature: site.plan.signature,
        entry,
      },
      bundle: Buffer.from(made.code),
      assets,
    };
    const { digest } = encodeModule(artifact);
    await writeArtifact(site.outputDir, artifact);
    site.log(`Built ${digest}\n`);
    return { succeeded: true, digest, size: artifact.bundle.length + assets.length, ...origin };
  } catch (error) {
    const failure = {
      succeeded: false as const,
      reason: reasonOf(error),
      message: (error instanceof Error ? error.message : String(error)).slice(0, 2000),
    };
    site.log(`${failure.reason}: ${failure.message}\n`);
    return failure;
  }
}

async function fetchSource(site: BuildSite, into: string): Promise<{ sourceDigest?: string; commitSha?: string; commitAuthor?: string }> {
  const { source } = site.plan;
  if (source.kind === 'git') {
    site.log('Fetching the source\n');
    const commit: FetchedCommit = await fetchGit({
      url: source.url,
      revision: source.revision,
      into,
      protocols: site.protocols,
      credentials: site.gitCredentials,
      path: site.path,
      log: site.log,
    });
    return { commitSha: commit.sha, commitAuthor: commit.author.slice(0, 200) };
  }
  if (site.sourceTar === undefined)
    throw new BuildError(
      'SourceNotFound',
      `The source "${source.image}" was not handed to the build. This is a fault of the platform; please report it.`,
    );
  const tar = await readFile(site.sourceTar);
  await unpackTar(tar, into);
  return { sourceDigest: digestOf(tar) };
}

async function confinedFolder(source: string, subPath: string): Promise<string> {
  const root = await realpath(source);
  const dir = await realpath(join(root, subPath)).catch(() => undefined);
  const isInside = dir !== undefined && !relative(root, dir).startsWith('..') && (await stat(dir)).isDirectory();
  if (!isInside) throw new BuildError('SourceNotFound', `The source has no folder "${subPath}". Correct srcRepo.sourceSubPath.`);
  return dir;
}

async function install(site: BuildSite, dir: string, packageJson: PackageJson | undefined): Promise<void> {
  if (Object.keys(packageJson?.dependencies ?? {}).length === 0 || (await exists(join(dir, 'node_modules')))) return;
  const command = (await exists(join(dir, 'package-lock.json'))) ? 'ci' : 'install';
  const registry = site.plan.env['NPM_CONFIG_REGISTRY'];
  const env = {
    PATH: site.path,
    HOME: site.workDir,
    npm_config_cache: join(site.workDir, 'npm-cache'),
    ...(registry === undefined ? {} : { NPM_CONFIG_REGISTRY: registry }),
  };
  const args = [command, '--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund', '--no-update-notifier'];
  const done = await runCommand('npm', args, { cwd: dir, env, log: site.log });
  if (done.code !== 0)
    throw new BuildError(
      'InstallFailed',
      `The dependencies cannot be installed: npm ${command} ended with ${done.code}: ${done.output.trim().slice(-800)}. Correct package.json, or set NPM_CONFIG_REGISTRY in build.env.`,
    );
}

async function writeArtifact(dir: string, artifact: ModuleArtifact): Promise<void> {
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'bundle.js'), artifact.bundle);
  await writeFile(join(dir, 'assets.tar'), artifact.assets);
  await writeFile(join(dir, 'manifest.json'), canonicalJson(artifact.manifest));
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

function reasonOf(error: unknown): string {
  if (error instanceof BuildError) return error.code;
  return error instanceof ArtifactError ? 'SourceRefused' : 'BuildFailed';
}
