import { setTimeout as pause } from 'node:timers/promises';
import { createPoolInstancesClient, type InstanceUse } from '@openfunction/protocol';
import { functionKind, functionLabel, keyOf, keyText, servingKind } from '@openfunction/resources/nouns';
import type { Command } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { onPlatform } from '../on-platform.ts';
import { oneName } from '../one-name.ts';
import { age } from '../show/age.ts';
import { textTable } from '../show/text-table.ts';
import { UsageError } from '../usage-error.ts';

const measuredMs = 1000;

export const run: Command['run'] = onPlatform({
  options: { 'all-namespaces': { type: 'boolean', short: 'A', default: false } },
  asks({ values, positionals }) {
    const name = positionals.length === 0 ? undefined : oneName(positionals);
    if (name !== undefined && values['all-namespaces']) throw new UsageError('A function is of one namespace: leave --all-namespaces out.');
    return { name, isEverywhere: values['all-namespaces'] };
  },
  async run({ name, isEverywhere }, { client, namespace, ground }, { stdout, stderr, signal }) {
    if (name !== undefined) await client.need(functionKind, { namespace, name }, { signal });
    const own = isEverywhere ? undefined : namespace;
    const servings = await client.list(servingKind, { namespace: own, signal });
    const functions = new Map(servings.items.map((one) => [keyText(keyOf(one)), one.metadata.labels?.[functionLabel] ?? '']));
    const pool = createPoolInstancesClient(await ground.pool(signal));
    const look = async (): Promise<InstanceUse[]> => (await pool.listInstances({ namespace: own ?? '' }, signal)).instances;
    const before = new Map((await look()).map((use) => [use.instance, use.cpuMs]));
    const since = performance.now();
    await pause(measuredMs, undefined, { signal });
    const uses = (await look()).filter(({ serving }) => name === undefined || functions.get(serving) === name);
    const lastedMs = performance.now() - since;
    if (uses.length === 0) {
      stderr.write(`No instance ${name === undefined ? 'of a function' : `of "${name}"`} runs now. One starts with the next request.\n`);
      return exitCodes.done;
    }
    const rows = uses.map((use) => [
      ...(isEverywhere ? [use.serving.split('/')[0] ?? ''] : []),
      functions.get(use.serving) ?? '<unknown>',
      use.instance,
      ...amountsOf(use, before.get(use.instance), lastedMs),
      age(new Date(use.createdAtMs).toISOString(), Date.now()),
    ]);
    const header = ['Function', 'Instance', 'CPU', 'Memory', 'In-Flight', 'Requests', 'Age'];
    stdout.write(textTable(isEverywhere ? ['Namespace', ...header] : header, rows.toSorted(byText)));
    return exitCodes.done;
  },
});

function amountsOf(
  { answered, cpuMs, memoryBytes, inFlight, requests }: InstanceUse,
  before: number | undefined,
  lastedMs: number,
): string[] {
  if (!answered) return ['-', '-', '-', '-'];
  const cpu = before === undefined ? '-' : `${Math.max(0, Math.round(((cpuMs - before) * 1000) / lastedMs))}m`;
  return [cpu, `${Math.round(memoryBytes / 2 ** 20)}Mi`, String(inFlight), String(requests)];
}

function byText(left: readonly string[], right: readonly string[]): number {
  return left.join(' ').localeCompare(right.join(' '));
}
