import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildPlan } from './build/plan.ts';
import { runBuild, type BuildResult } from './run-build.ts';

// The program of a build instance: everything that it knows comes from its environment.
const env = process.env;
const workDir = env['OFN_WORK_DIR'] ?? '/work';
const result: BuildResult = await runBuild({
  plan: JSON.parse(env['OFN_BUILD_SPEC'] ?? '{}') as BuildPlan,
  workDir,
  outputDir: env['OFN_OUTPUT'] ?? join(workDir, 'output'),
  sourceTar: env['OFN_SOURCE'],
  gitCredentials: await basicAuth(env['OFN_GIT_CREDENTIALS']),
  protocols: ['https', 'http', 'ssh', ...(env['OFN_ALLOW_FILE_SOURCES'] === 'true' ? (['file'] as const) : [])],
  path: env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
  log: (text) => void process.stdout.write(text),
});
await writeFile(env['OFN_RESULT'] ?? '/dev/termination-log', JSON.stringify(result));
process.exitCode = result.succeeded ? 0 : 1;

async function basicAuth(folder: string | undefined): Promise<{ username: string; password: string } | undefined> {
  if (folder === undefined) return undefined;
  const [username, password] = await Promise.all(
    ['username', 'password'].map(async (name) => (await readFile(join(folder, name), 'utf8')).trim()),
  );
  return { username: username ?? '', password: password ?? '' };
}
