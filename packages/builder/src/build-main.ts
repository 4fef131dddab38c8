import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { artifactLimits } from '@openfunction/artifact';
import type { BuildPlan } from './build/plan.ts';
import { cappedLog } from './capped-log.ts';
import type { BuildCredentials } from './exchange/build-exchange.ts';
import { download, upload } from './exchange/exchange-client.ts';
import { packOutput } from './exchange/output-archive.ts';
import { runBuild, type BuildResult } from './run-build.ts';

// The program of a build instance: everything that it knows comes from its environment, and nothing that it starts inherits it.
const { env } = process;
const site = { socketPath: env['OFN_EXCHANGE_SOCKET'], ca: env['OFN_EXCHANGE_CA'] };
const [source, credentials, output] = [env['OFN_SOURCE'], env['OFN_CREDENTIALS'], env['OFN_OUTPUT'] ?? ''];
const result: BuildResult = await runBuild({
  plan: JSON.parse(env['OFN_BUILD_SPEC'] ?? '{}') as BuildPlan,
  workDir: join(env['OFN_WORK_DIR'] ?? '/work', 'build'),
  ...(source === undefined ? {} : { source: () => download(source, site, artifactLimits.source) }),
  ...(credentials === undefined
    ? {}
    : { credentials: async () => JSON.parse((await download(credentials, site, 1 << 20)).toString('utf8')) as BuildCredentials }),
  npm: {
    registry: env['OFN_NPM_REGISTRY'],
    env: passedOn(['NODE_EXTRA_CA_CERTS', 'HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY']),
    scripts: env['OFN_INSTALL_SCRIPTS'] === 'allowed',
  },
  ...(env['OFN_CACHE_MAKER'] === undefined
    ? {}
    : { cacheMaker: { command: process.execPath, args: JSON.parse(env['OFN_CACHE_MAKER']) as string[] } }),
  deliver: async (made) => upload(output, await packOutput(made), site),
  log: cappedLog((text) => void process.stdout.write(text)),
});
await writeFile(env['OFN_RESULT'] ?? '/dev/termination-log', JSON.stringify(result));
process.exitCode = result.succeeded ? 0 : 1;

function passedOn(names: string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}
