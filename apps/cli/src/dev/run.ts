import { readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { parseArgs, parseEnv } from 'node:util';
import { planBuild } from '@openfunction/builder';
import { dataFolder, defaultData, EmbeddedError, holderOf } from '@openfunction/embedded/platform';
import type { CommandContext } from '../command.ts';
import { planDeploy } from '../deploy/plan.ts';
import { assertSupportedFolder, folderNamed, manifestOf, signatureNamed } from '../deploy/source-of.ts';
import { exitCodes } from '../exit-codes.ts';
import { reportError } from '../report-error.ts';
import { wholeNumber } from '../whole-number.ts';
import { UsageError } from '../usage-error.ts';
import { devDapr } from './dev-dapr.ts';
import { devFunction } from './dev-function.ts';
import { DevLoop, type DevLoopOptions } from './dev-loop.ts';
import { devServer } from './dev-server.ts';
import { watchFolder } from '../watch-folder.ts';

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      filename: { type: 'string', short: 'f' },
      target: { type: 'string' },
      type: { type: 'string' },
      port: { type: 'string', default: '8081' },
      env: { type: 'string', short: 'e', multiple: true, default: [] },
      'env-file': { type: 'string' },
      inspect: { type: 'boolean', default: false },
      'inspect-port': { type: 'string' },
    },
  });
  const folder = realpathSync(folderNamed(positionals, context) ?? context.cwd);
  assertSupportedFolder(folder);
  const port = wholeNumber('--port', values.port, 65_535);
  const isInspected = values.inspect || values['inspect-port'] !== undefined;
  const inspectPort = isInspected ? wholeNumber('--inspect-port', values['inspect-port'] ?? '9229', 65_535) : undefined;
  const env = { ...fileEnv(values['env-file'], context), ...Object.fromEntries(values.env.map(pairOf)) };
  const options = {
    namespace: 'default',
    ...(values.target === undefined ? {} : { target: values.target }),
    ...(values.type === undefined ? {} : { signature: signatureNamed(values.type) }),
  };
  const read: DevLoopOptions['read'] = async () => {
    const manifest = await manifestOf(values.filename, folder, context);
    const { fn, objects } = planDeploy({ manifest, options, imagePrefix: 'dev.local', folder: path.basename(folder) });
    const { build, image } = fn.spec;
    const srcRepo = { bundleContainer: { image } };
    return { fn: devFunction(fn, objects, env), plan: planBuild({ builder: build?.builder, env: build?.env, image, srcRepo }) };
  };
  await stay({ folder, read, inspectPort, internalSocket: await internalSocket(context) }, port, context);
  return exitCodes.done;
}

async function stay(
  given: Pick<DevLoopOptions, 'folder' | 'read' | 'inspectPort' | 'internalSocket'>,
  port: number,
  context: CommandContext,
): Promise<void> {
  const { stdout, stderr, signal } = context;
  const server = devServer();
  const bound = await server.listen(port).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'EADDRINUSE' ? 'another program listens there' : (cause.code ?? cause.message);
    throw new EmbeddedError('PortTaken', `"ofn dev" cannot listen on port ${port}: ${why}. Give another one with --port.`, { cause });
  });
  const say = (text: string): void => void stderr.write(`${text}\n`);
  const dapr = devDapr({ port: () => bound, say });
  const loop = new DevLoop({
    ...given,
    server,
    dapr,
    onLine: (stream, line) => void context[stream].write(`${line}\n`),
    say,
    complain: (error) => void reportError(error, { name: 'dev', usage: '', context }),
  });
  try {
    await loop.changed();
    using _watched = watchFolder({ folder: given.folder, onChange: () => void loop.changed() });
    // What changed while the first build ran was not watched yet.
    void loop.changed();
    stderr.write(`Answers at the URL below with what is in ${given.folder}; saved changes are taken over. Ctrl-C ends it.\n`);
    if (given.inspectPort !== undefined) stderr.write(`A debugger may connect to 127.0.0.1:${given.inspectPort}.\n`);
    stdout.write(`http://127.0.0.1:${bound}/\n`);
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  } finally {
    await dapr.close();
    server.close();
    await loop.close();
  }
}

/** Where calls to other functions go while `ofn up` runs. */
async function internalSocket({ env }: CommandContext): Promise<string | undefined> {
  const folder = dataFolder(defaultData(env));
  return (await holderOf(folder)) === undefined ? undefined : folder.internalSocket;
}

function fileEnv(file: string | undefined, { cwd }: CommandContext): Record<string, string> {
  return file === undefined ? {} : (parseEnv(readFileSync(path.resolve(cwd, file), 'utf8')) as Record<string, string>);
}

function pairOf(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`--env takes NAME=VALUE, not "${text}".`);
  return [text.slice(0, at), text.slice(at + 1)];
}
