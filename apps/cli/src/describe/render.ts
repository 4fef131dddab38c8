import type { Condition } from '@openfunction/resources/nouns';
import { isOwnedBy } from '../connect/function-instances.ts';
import { age } from '../show/age.ts';
import { textTable } from '../show/text-table.ts';
import type { Finding } from './diagnose.ts';
import { podTrouble } from './pod-trouble.ts';
import type { FunctionWorld } from './world.ts';

/** The text of `ofn describe`. */
export function render(world: FunctionWorld, findings: readonly Finding[], now: number): string {
  const { fn, builders, servings, pods, events } = world;
  const { build, serving, addresses = [], conditions = [] } = fn.status ?? {};
  const parts = [
    section('Function', [
      ['Name', fn.metadata.name],
      ['Namespace', fn.metadata.namespace ?? ''],
      ['Image', fn.spec.image],
      ['Version', fn.spec.version ?? 'latest'],
      ['Age', age(fn.metadata.creationTimestamp, now)],
      ['Build', stateLine(build)],
      ['Serving', stateLine(serving)],
      ...addresses.map(({ type, value }): [string, string] => [type, value]),
    ]),
    table('Conditions', ['Type', 'Status', 'Reason', 'Message'], conditions.map(conditionRow)),
    table(
      'Builders',
      ['Name', 'State', 'Reason', 'Took', 'Age'],
      builders.map(({ metadata, status }) => [
        metadata.name,
        status?.state ?? '',
        status?.reason ?? '',
        status?.buildDuration ?? '',
        age(metadata.creationTimestamp, now),
      ]),
    ),
    table(
      'Servings',
      ['Name', 'State', 'Reason', 'Ready', 'Traffic', 'Age'],
      servings.map(({ metadata, status }) => [
        metadata.name,
        status?.state ?? '',
        status?.reason ?? '',
        String(status?.readyReplicas ?? 0),
        metadata.name === serving?.lastSuccessfulResourceRef ? 'all' : 'none',
        age(metadata.creationTimestamp, now),
      ]),
    ),
    table(
      'Instances',
      ['Name', 'Of', 'Phase', 'Restarts', 'Age'],
      pods.map((pod) => [
        pod.metadata.name,
        [...builders, ...servings].find((owner) => isOwnedBy(pod, owner))?.metadata.name ?? '',
        podTrouble(pod)?.reason ?? pod.status?.phase ?? '',
        String(pod.status?.containerStatuses?.[0]?.restartCount ?? 0),
        age(pod.metadata.creationTimestamp, now),
      ]),
    ),
    table(
      'Events',
      ['Age', 'Type', 'Reason', 'Message'],
      events.map(({ lastTimestamp, type = '', reason = '', message = '' }) => [age(lastTimestamp, now), type, reason, message]),
    ),
    verdict(findings),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function section(title: string, lines: readonly (readonly [string, string])[]): string {
  const width = Math.max(...lines.map(([name]) => name.length));
  return `${title}:\n${lines.map(([name, value]) => `  ${name.padEnd(width)}  ${value}\n`).join('')}`;
}

function table(title: string, header: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const flat = rows.map((row) => row.map((cell) => cell.replaceAll('\n', ' ')));
  return `${title}:\n${textTable(header, flat).replaceAll(/^(?=.)/gm, '  ')}`;
}

const titles = { wrong: 'What is wrong:', waiting: 'On its way:', note: 'Worth knowing:' } as const;

function verdict(findings: readonly Finding[]): string {
  const parts = (['wrong', 'waiting', 'note'] as const).map((is) => ({ title: titles[is], of: findings.filter((one) => one.is === is) }));
  const shown = parts.filter(({ of }) => of.length > 0).map(({ title, of }) => `${title}\n${of.map(findingText).join('')}`);
  return [...(findings.some(({ is }) => is !== 'note') ? [] : ['Nothing is wrong with it.\n']), ...shown].join('\n');
}

function findingText({ says, todo }: Finding): string {
  return `  ${says.replaceAll('\n', '\n  ')}\n  → ${todo}\n`;
}

function stateLine(half: { state?: string; message?: string } | undefined): string {
  if (half?.state === undefined || half.state === '') return 'none';
  return half.message === undefined || half.message === '' ? half.state : `${half.state}: ${half.message.replaceAll('\n', ' ')}`;
}

function conditionRow({ type, status, reason, message }: Condition): string[] {
  return [type, status, reason, message];
}
