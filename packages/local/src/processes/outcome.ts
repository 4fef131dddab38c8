import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Outcome } from '@openfunction/workload';
import type { InstanceRecord, RecordFolder } from './instance-record.ts';

const maxResultBytes = 4096;
const tailBytes = 16_384;
const abortedExit = 134;

/** How an instance that ended did so, by what its wrapper, it and its engine left behind. */
export function outcomeOf(record: InstanceRecord, folder: RecordFolder): Outcome {
  const text = readText(folder.pathOf(record.id, 'exit'));
  const exitCode = text === '' ? undefined : Number(text);
  const succeeded = exitCode === 0 && record.killedFor === undefined && record.run === 'once';
  return {
    succeeded,
    reason: record.killedFor ?? (succeeded ? 'Completed' : reasonOf(exitCode, folder.pathOf(record.id, 'stderr'))),
    exitCode,
    message: Buffer.from(readText(join(record.box, 'result.json')))
      .subarray(0, maxResultBytes)
      .toString('utf8'),
  };
}

function reasonOf(exitCode: number | undefined, log: string): Outcome['reason'] {
  // V8 aborts by itself when the heap that the limit left it is full.
  if (exitCode === abortedExit && /heap out of memory|process out of memory/.test(tailOf(log))) return 'OOMKilled';
  return exitCode === undefined || exitCode > 128 ? 'Killed' : 'Error';
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function tailOf(path: string): string {
  try {
    const file = openSync(path, 'r');
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, tailBytes));
    readSync(file, bytes, 0, bytes.length, size - bytes.length);
    closeSync(file);
    return bytes.toString('utf8');
  } catch {
    return '';
  }
}
