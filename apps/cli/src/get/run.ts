import type { Command } from '../command.ts';
import type { Connected } from '../connect/connect.ts';
import { exitCodes } from '../exit-codes.ts';
import { millisecondsOf } from '../milliseconds-of.ts';
import { onPlatform } from '../on-platform.ts';
import { UsageError } from '../usage-error.ts';
import { awaitCondition, wantedOf } from './await-condition.ts';
import { outputOf, type Found } from './output.ts';
import { showTables } from './show-tables.ts';
import { targetsOf, type Target } from './targets.ts';

interface Scope {
  isEverywhere: boolean;
  labelSelector: string | undefined;
  fieldSelector: string | undefined;
}

export const run: Command['run'] = onPlatform({
  options: {
    output: { type: 'string', short: 'o' },
    'all-namespaces': { type: 'boolean', short: 'A', default: false },
    selector: { type: 'string', short: 'l' },
    'field-selector': { type: 'string' },
    watch: { type: 'boolean', short: 'w', default: false },
    wait: { type: 'string' },
    timeout: { type: 'string', default: '300' },
  },
  asks({ values, positionals }) {
    const output = outputOf(values.output);
    const targets = targetsOf(positionals);
    const named = targets.flatMap(({ names }) => names);
    if (values['all-namespaces'] && named.length > 0) throw new UsageError('A name is of one namespace: leave --all-namespaces out.');
    if (values.watch && (output.form !== 'table' || targets.length > 1 || named.length > 1))
      throw new UsageError('--watch shows a table, of all objects of one kind or of one of them.');
    if (values.wait !== undefined && named.length === 0) throw new UsageError('--wait waits for objects that are named: name one.');
    return {
      output,
      targets,
      isWatched: values.watch,
      wanted: values.wait === undefined ? undefined : wantedOf(values.wait),
      timeoutMs: millisecondsOf(values.timeout),
      scope: {
        isEverywhere: values['all-namespaces'],
        labelSelector: values.selector,
        fieldSelector: values['field-selector'],
      } satisfies Scope,
    };
  },
  async run({ output, targets, isWatched, wanted, timeoutMs, scope }, platform, context) {
    const { client, namespace } = platform;
    const { signal, stdout } = context;
    if (wanted !== undefined) await awaitCondition({ client, targets, namespace, wanted, timeoutMs, signal });
    if (output.form === 'table') return tables(targets, { isWide: output.isWide, isWatched, scope }, platform, context);
    const isSingle = targets.length === 1 && targets[0]?.names.length === 1;
    stdout.write(await output.text(await found(targets, scope, platform, signal), isSingle));
    return exitCodes.done;
  },
});

async function tables(
  targets: readonly Target[],
  { isWide, isWatched, scope }: { isWide: boolean; isWatched: boolean; scope: Scope },
  { client, namespace }: Connected,
  context: Parameters<typeof showTables>[0]['context'],
): Promise<number> {
  let code: number = exitCodes.done;
  for (const [at, { kind, names }] of targets.entries()) {
    if (at > 0) context.stdout.write('\n');
    const isEverywhere = scope.isEverywhere || !kind.namespaced;
    code = await showTables({
      client,
      names,
      scope: { ...scope, namespace: isEverywhere ? undefined : namespace, signal: context.signal },
      shown: { kind, isWide, isEverywhere: scope.isEverywhere && kind.namespaced, isPrefixed: targets.length > 1 },
      isWatched,
      context,
    });
  }
  return code;
}

async function found(
  targets: readonly Target[],
  { isEverywhere, labelSelector, fieldSelector }: Scope,
  { client, namespace }: Connected,
  signal: AbortSignal,
): Promise<Found[]> {
  const all = targets.map(async ({ kind, names }): Promise<Found[]> => {
    const own = isEverywhere || !kind.namespaced ? undefined : namespace;
    const objects =
      names.length > 0
        ? await Promise.all(names.map((name) => client.need(kind, { namespace: own ?? '', name }, { signal })))
        : (await client.list(kind, { namespace: own, labelSelector, fieldSelector, signal })).items;
    return objects.map((object) => ({ kind, object }));
  });
  return (await Promise.all(all)).flat();
}
