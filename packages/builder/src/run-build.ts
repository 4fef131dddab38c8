import { mkdir, realpath, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { ArtifactError, canonicalJson, digestOf, encodeModule } from '@openfunction/artifact';
import { BuildError } from './build-error.ts';
import type { BuildPlan } from './build/plan.ts';
import type { BuildCredentials } from './exchange/build-exchange.ts';
import type { BuildOutput } from './exchange/output-archive.ts';
import { fetchGit } from './git/fetch-git.ts';
import { installDependencies, type NpmSettings } from './install/install-dependencies.ts';
import { readNpmrc } from './install/npmrc.ts';
import { makeCodeCache } from './make-code-cache.ts';
import { makeModule } from './make-module.ts';
import { redacted, redactedLog } from './redacted-log.ts';
import { unpackTar } from './unpack-tar.ts';

/** What the build instance leaves as its result: JSON of at most 4,096 bytes. */
export type BuildResult =
  | { succeeded: true; digest: string; size: number; sourceDigest?: string; commitSha?: string; commitAuthor?: string }
  | { succeeded: false; reason: string; message: string };

export interface BuildSite {
  plan: BuildPlan;
  /** An empty folder that the build may fill. */
  workDir: string;
  /** The uploaded source, when the plan's source is a bundle. */
  source?: () => Promise<Uint8Array>;
  /** What opens the places that it fetches from. */
  credentials?: () => Promise<BuildCredentials>;
  npm?: NpmSettings;
  /** The program of the runner that makes code caches; absent: none are made. */
  cacheMaker?: { command: string; args: string[] };
  deliver: (output: BuildOutput) => Promise<void>;
  log: (text: string) => void;
}

/** One build, from source to what it hands over. Never throws: what is wrong is the result. */
export async function runBuild(given: BuildSite): Promise<BuildResult> {
  const hidden: string[] = [];
  const site = { ...given, log: redactedLog(given.log, hidden) };
  try {
    const { plan, log } = site;
    const credentials = await site.credentials?.();
    const npmrc = credentials?.npmrc === undefined ? undefined : readNpmrc(credentials.npmrc);
    hidden.push(...(npmrc?.secrets ?? []), ...(credentials?.git?.kind === 'basic' ? [credentials.git.password] : []));
    const origin = await fetchSource(site, credentials);
    const dir = await confinedFolder(join(site.workDir, 'source'), plan.source.kind === 'git' ? '' : plan.source.subPath);
    for (const name of plan.withoutEffect) log(`${name} has no effect here\n`);
    const { env, rules } = plan;
    const { artifact } = await makeModule({
      dir,
      plan,
      install: (packageJson) =>
        installDependencies({ dir, packageJson, workDir: site.workDir, env, rules, npmrc, settings: site.npm, log }),
      log,
    });
    const { digest } = encodeModule(artifact);
    const caches = await makeCodeCache({ artifact, workDir: site.workDir, maker: site.cacheMaker, log });
    await site.deliver({
      manifest: Buffer.from(canonicalJson(artifact.manifest)),
      bundle: artifact.bundle,
      assets: artifact.assets,
      caches,
    });
    log(`Built ${digest}\n`);
    return { succeeded: true, digest, size: artifact.bundle.length + artifact.assets.length, ...origin };
  } catch (error) {
    const message = redacted(error instanceof Error ? error.message : String(error), hidden).slice(0, 2000);
    const failure = { succeeded: false as const, reason: reasonOf(error), message };
    site.log(`${failure.reason}: ${failure.message}\n`);
    return failure;
  }
}

interface Origin {
  sourceDigest?: string;
  commitSha?: string;
  commitAuthor?: string;
}

async function fetchSource(site: BuildSite, credentials: BuildCredentials | undefined): Promise<Origin> {
  const { plan, workDir, log } = site;
  const into = join(workDir, 'source');
  await mkdir(workDir, { recursive: true });
  if (plan.source.kind === 'git') {
    log('Fetching the source\n');
    const commit = await fetchGit({
      ...plan.source,
      into,
      gitdir: join(workDir, 'git'),
      credentials: credentials?.git,
      rules: plan.rules,
      log,
    });
    return { commitSha: commit.sha, commitAuthor: commit.author.slice(0, 200) };
  }
  if (site.source === undefined)
    throw new BuildError(
      'SourceNotFound',
      `The source "${plan.source.image}" was not handed to the build. This is a fault of the platform; please report it.`,
    );
  const tar = await site.source();
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

function reasonOf(error: unknown): string {
  if (error instanceof BuildError) return error.code;
  return error instanceof ArtifactError ? 'SourceRefused' : 'BuildFailed';
}
