import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ClientError, decodeManifests } from '@openfunction/client';
import type { Key, ResourceKind } from '@openfunction/resources/nouns';
import type { CommandContext } from '../command.ts';
import { connect } from '../connect/connect.ts';
import { connectOptions } from '../connect/options.ts';
import { exitCodes } from '../exit-codes.ts';
import { isKind, kindNamed } from '../show/kind-named.ts';
import { UsageError } from '../usage-error.ts';

const waitMs = 60_000;

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...connectOptions,
      filename: { type: 'string', short: 'f' },
      'ignore-not-found': { type: 'boolean', default: false },
      'no-wait': { type: 'boolean', default: false },
    },
  });
  await using platform = await connect(values, context);
  const targets =
    values.filename === undefined
      ? named(positionals, platform.namespace)
      : await fromFile(path.resolve(context.cwd, values.filename), platform.namespace);
  for (const { kind, key } of targets) {
    const isDeleted = await platform.client.delete(kind, key, { signal: context.signal });
    if (!isDeleted && !values['ignore-not-found']) {
      throw new ClientError(
        'NotFound',
        `There is no ${kind.kind} "${key.name}"${kind.namespaced ? ` in the namespace "${key.namespace}"` : ''}.`,
      );
    }
    if (isDeleted) context.stdout.write(`${kind.kind.toLowerCase()} "${key.name}" deleted\n`);
  }
  if (values['no-wait']) return exitCodes.done;
  const end = Date.now() + waitMs;
  for (const { kind, key } of targets) {
    while ((await platform.client.get(kind, key, { signal: context.signal })) !== undefined) {
      if (Date.now() > end)
        throw new ClientError(
          'Unavailable',
          `${kind.kind} "${key.name}" is still there after ${waitMs / 1000} s. Its finalizers say what it waits for: ofn get ${kind.plural} ${key.name} -o yaml`,
        );
      await pause(100, undefined, { signal: context.signal });
    }
  }
  return exitCodes.done;
}

function named(words: string[], namespace: string): { kind: ResourceKind; key: Key }[] {
  if (words.length === 0) throw new UsageError('Say what to delete: a name, or a kind and names.');
  const [first = '', ...rest] = words;
  const isTyped = rest.length > 0 && isKind(first);
  const kind = kindNamed(isTyped ? first : 'functions');
  return (isTyped ? rest : words).map((name) => ({ kind, key: { namespace: kind.namespaced ? namespace : '', name } }));
}

async function fromFile(file: string, namespace: string): Promise<{ kind: ResourceKind; key: Key }[]> {
  const objects = await decodeManifests(readFileSync(file, 'utf8'), path.basename(file));
  return objects.map((object) => ({
    kind: kindNamed(object.kind),
    key: { namespace: object.metadata.namespace ?? namespace, name: object.metadata.name },
  }));
}
