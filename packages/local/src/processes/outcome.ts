import { join } from 'node:path';
import type { Outcome } from '@openfunction/workload';
import type { InstanceRecord, RecordFolder } from './instance-record.ts';
import { readPart } from './read-part.ts';

const maxResultBytes = 4096;
const tailBytes = 16_384;
const abortedExit = 134;

/** How an instance that ended did so, by what its wrapper, it and its engine left behind. */
export function outcomeOf(record: InstanceRecord, folder: RecordFolder): Outcome {
  const text = readPart(folder.pathOf(record.id, 'exit'), { maxBytes: tailBytes }).bytes.toString('utf8');
  const exitCode = text === '' ? undefined : Number(text);
  const succeeded = exitCode === 0 && record.killedFor === undefined && record.run === 'once';
  return {
    succeeded,
    reason: record.killedFor ?? (succeeded ? 'Completed' : reasonOf(exitCode, folder.pathOf(record.id, 'stderr'))),
    exitCode,
    message: record.complaint ?? readPart(join(record.box, 'result.json'), { maxBytes: maxResultBytes }).bytes.toString('utf8'),
  };
}

function reasonOf(exitCode: number | undefined, log: string): Outcome['reason'] {
  // V8 aborts by itself when the heap that the limit left it is full.
  if (
    exitCode === abortedExit &&
    /heap out of memory|process out of memory/.test(readPart(log, { maxBytes: tailBytes }).bytes.toString('utf8'))
  )
    return 'OOMKilled';
  return exitCode === undefined || exitCode > 128 ? 'Killed' : 'Error';
}
