import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Key } from '@openfunction/resources';
import {
  amountOf,
  type Digest,
  type InstanceId,
  type Outcome,
  type Owner,
  type Phase,
  type Trouble,
  type Workload,
} from '@openfunction/workload';
import { probesOf, type Probes } from '../containers/probes.ts';
import { removal, type Removal } from './removal.ts';
import { replaceFile } from './replace-file.ts';

/** What is kept of an instance on disk, outside of what it can reach itself. */
export interface InstanceRecord {
  id: string;
  workload: Key;
  /** Of the Workload it was made for. */
  workloadOwner?: Owner;
  owner?: Owner;
  digest?: Digest;
  fingerprint: string;
  run: 'serve' | 'once';
  phase: Phase;
  /** A container, which is no runner. */
  plain?: boolean;
  /** What a container is asked, since its process started, and whether its startup probe held already. */
  probes?: Probes;
  startedAt?: number;
  hasStarted?: boolean;
  /** Files of an image that it shares with others, and that must stay as long as it is there. */
  imageRoot?: string;
  trouble?: Trouble;
  /** It is asked to end, and counts no more. */
  going?: boolean;
  graceMs?: number;
  finished?: Outcome;
  /** A reason for its end that was decided before it ended. */
  killedFor?: 'DeadlineExceeded' | 'OOMKilled' | 'StorageExceeded' | 'Unhealthy' | 'Killed';
  /** Of what is unhealthy: a clause that begins with a verb. */
  complaint?: string;
  createdAt: number;
  deadlineAt?: number;
  memoryBytes?: number;
  /** Most that the files in its box may take. */
  storageBytes?: number;
  process?: { pid: number; startTime: string };
  /** The folder the instance may write. */
  box: string;
}

export interface RecordFolder {
  pathOf(id: string, file: string): string;
  load(): InstanceRecord[];
  save(record: InstanceRecord): void;
  removal: Removal;
}

export function recordFolder(dir: string): RecordFolder {
  const root = join(dir, 'instances');
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const pathOf = (id: string, file: string): string => join(root, id, file);
  const away = removal(root, (text) => {
    const { id, box } = JSON.parse(text) as InstanceRecord;
    return box === '' || box === pathOf(id, 'box') ? undefined : box;
  });

  function read(id: string): InstanceRecord | undefined {
    try {
      return JSON.parse(readFileSync(pathOf(id, 'state.json'), 'utf8')) as InstanceRecord;
    } catch {
      // A crash between making the folder and the first record: nothing was started from it.
      away.take(id);
      return undefined;
    }
  }

  return {
    pathOf,
    load: () => readdirSync(root).flatMap((id) => read(id) ?? []),
    save: (record) => {
      mkdirSync(join(root, record.id), { recursive: true, mode: 0o700 });
      replaceFile(pathOf(record.id, 'state.json'), JSON.stringify(record));
    },
    removal: away,
  };
}

const defaultGraceSeconds = 30;

/** Of an instance that is about to be started; its box is not known yet. */
export function newRecord(
  { workload, fingerprint }: { workload: Workload; fingerprint: string },
  { id, createdAt }: { id: InstanceId; createdAt: number },
): InstanceRecord {
  const { deadlineSeconds, memory, ephemeralStorage, pod } = workload.template;
  const graceMs = (pod?.template.terminationGracePeriodSeconds ?? defaultGraceSeconds) * 1000;
  return {
    id,
    workload: workload.key,
    workloadOwner: workload.owner,
    fingerprint,
    run: workload.run,
    phase: 'Starting',
    ...(workload.artifact.kind === 'image' ? { plain: true, graceMs, probes: probesOf(workload.template) } : {}),
    createdAt,
    deadlineAt: workload.run === 'once' && deadlineSeconds !== undefined ? createdAt + deadlineSeconds * 1000 : undefined,
    memoryBytes: memory === undefined ? undefined : amountOf(memory),
    storageBytes: ephemeralStorage === undefined ? undefined : amountOf(ephemeralStorage),
    box: '',
  };
}
