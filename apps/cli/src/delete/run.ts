import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ClientError, decodeManifests } from '@openfunction/client';
import type { Key, ResourceKind } from '@openfunction/resources/nouns';
import type { Command, CommandContext } from '../command.ts';
import type { Connected } from '../connect/connect.ts';
import { exitCodes } from '../exit-codes.ts';
import { onPlatform } from '../on-platform.ts';
import { targetsOf } from '../get/targets.ts';
import { isKind, kindNamed } from '../show/kind-named.ts';
import { UsageError } from '../usage-error.ts';

const waitMs = 60_000;

type Target = { kind: ResourceKind; key: Key };

export const run: Command['run'] = onPlatform({
  options: {
    filename: { type: 'string', short: 'f' },
    'ignore-not-found': { type: 'boolean', default: false },
    'dry-run': { type: 'boolean', default: false },
    'no-wait': { type: 'boolean', default: false },
  },
  async asks({ values, positionals }, { cwd }) {
    const { filename } = values;
    const targets = filename === undefined ? named(positionals) : await fromFile(path.resolve(cwd, filename));
    return { targets, isMissingFine: values['ignore-not-found'], isAwaited: !values['no-wait'], isDry: values['dry-run'] };
  },
  async run({ targets, isMissingFine, isAwaited, isDry }, platform, context) {
    const placed = targets.map(({ kind, key }) => ({
      kind,
      key: { ...key, namespace: kind.namespaced ? key.namespace || platform.namespace : '' },
    }));
    await deleteAll(placed, { isMissingFine, isDry }, platform, context);
    if (isAwaited && !isDry) await untilGone(placed, platform, context);
    return exitCodes.done;
  },
});

async function deleteAll(
  targets: Target[],
  { isMissingFine, isDry }: { isMissingFine: boolean; isDry: boolean },
  { client }: Connected,
  { stdout, signal }: CommandContext,
): Promise<void> {
  for (const { kind, key } of targets) {
    const isDeleted = isDry ? (await client.get(kind, key, { signal })) !== undefined : await client.delete(kind, key, { signal });
    if (!isDeleted && !isMissingFine) {
      throw new ClientError(
        'NotFound',
        `There is no ${kind.kind} "${key.name}"${kind.namespaced ? ` in the namespace "${key.namespace}"` : ''}.`,
      );
    }
    if (isDeleted) stdout.write(`${kind.kind.toLowerCase()} "${key.name}" deleted${isDry ? ' (dry run)' : ''}\n`);
  }
}

async function untilGone(targets: Target[], { client }: Connected, { signal }: CommandContext): Promise<void> {
  const end = Date.now() + waitMs;
  for (const { kind, key } of targets) {
    while ((await client.get(kind, key, { signal })) !== undefined) {
      if (Date.now() > end)
        throw new ClientError(
          'Unavailable',
          `${kind.kind} "${key.name}" is still there after ${waitMs / 1000} s. Its finalizers say what it waits for: ofn get ${kind.plural} ${key.name} -o yaml`,
        );
      await pause(100, undefined, { signal });
    }
  }
}

/** `NAME...`, `KIND NAME...` or `KIND/NAME...`. */
function named(words: string[]): Target[] {
  if (words.length === 0) throw new UsageError('Say what to delete: a name, or a kind and names.');
  if (words.some((word) => word.includes('/')))
    return targetsOf(words).flatMap(({ kind, names }) => names.map((name) => ({ kind, key: { namespace: '', name } })));
  const [first = '', ...rest] = words;
  const isTyped = rest.length > 0 && isKind(first);
  const kind = kindNamed(isTyped ? first : 'functions');
  return (isTyped ? rest : words).map((name) => ({ kind, key: { namespace: '', name } }));
}

async function fromFile(file: string): Promise<Target[]> {
  const objects = await decodeManifests(readFileSync(file, 'utf8'), path.basename(file));
  return objects.map((object) => ({
    kind: kindNamed(object.kind),
    key: { namespace: object.metadata.namespace ?? '', name: object.metadata.name },
  }));
}
