import type { Command, CommandContext } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { millisecondsOf } from '../milliseconds-of.ts';
import { onPlatform } from '../on-platform.ts';
import { UsageError } from '../usage-error.ts';
import { deployOnce, dryRun, type Deployment } from './deploy-once.ts';
import { assertSupportedFolder, folderNamed, manifestOf, signatureNamed } from './source-of.ts';
import { deployAgain } from './watch.ts';

export const run: Command['run'] = onPlatform({
  options: {
    filename: { type: 'string', short: 'f' },
    name: { type: 'string' },
    image: { type: 'string' },
    target: { type: 'string' },
    type: { type: 'string' },
    git: { type: 'string' },
    revision: { type: 'string' },
    'sub-path': { type: 'string' },
    watch: { type: 'boolean', short: 'w', default: false },
    'dry-run': { type: 'boolean', default: false },
    'no-check': { type: 'boolean', default: false },
    'no-wait': { type: 'boolean', default: false },
    timeout: { type: 'string', default: '300' },
  },
  async asks({ values, positionals }, context) {
    const { name, image, target, type, git, revision, 'sub-path': subPath, namespace } = values;
    const folder = folderOf(positionals, values, context);
    if (values.watch && (folder === undefined || values['no-wait'] || values['dry-run']))
      throw new UsageError('--watch deploys a folder again and again: name one, and leave --no-wait and --dry-run out.');
    const deployment = async (): Promise<Deployment> => ({
      options: {
        namespace: '',
        isChecked: !values['no-check'],
        ...(namespace === undefined ? {} : { onlyNamespace: namespace }),
        ...(name === undefined ? {} : { name }),
        ...(image === undefined ? {} : { image }),
        ...(target === undefined ? {} : { target }),
        ...(type === undefined ? {} : { signature: signatureNamed(type) }),
        ...(git === undefined ? {} : { git: { url: git, revision, subPath } }),
      },
      manifest: await manifestOf(values.filename, folder, context),
      folder,
      isAwaited: !values['no-wait'],
      timeoutMs: millisecondsOf(values.timeout),
    });
    return { first: await deployment(), deployment, isWatched: values.watch, isDry: values['dry-run'] };
  },
  async run({ first, deployment, isWatched, isDry }, platform, context) {
    const { folder } = first;
    if (isWatched && folder !== undefined) return deployAgain({ folder, deployment }, platform, context);
    await (isDry ? dryRun : deployOnce)(first, platform, context);
    return exitCodes.done;
  },
});

function folderOf(
  positionals: string[],
  { git, filename }: { git?: string; filename?: string },
  context: CommandContext,
): string | undefined {
  const folder = folderNamed(positionals, context);
  if (folder !== undefined && git !== undefined) throw new UsageError('A function is built from a folder or from --git, not from both.');
  if (folder === undefined && git === undefined && filename === undefined)
    throw new UsageError('Say what to deploy: a folder ("ofn deploy ." for this one), --git URL or -f MANIFEST.');
  if (folder !== undefined) assertSupportedFolder(folder);
  return folder;
}
