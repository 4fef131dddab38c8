import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { amountOf, type InstanceTemplate } from '@openfunction/workload';

// Of the first and of the second kind of control groups.
const ofFirst = '/sys/fs/cgroup/cpu/cpu.cfs_quota_us';
const ofSecond = '/sys/fs/cgroup/cgroup.subtree_control';

/** Whether the runtime can give a container its part of the processors: it makes control groups, which is for root. */
export function limitsCpu(): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    if (existsSync(ofSecond) && !readFileSync(ofSecond, 'utf8').trim().split(' ').includes('cpu')) return false;
    accessSync(existsSync(ofSecond) ? ofSecond : ofFirst, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

const periodUs = 100_000;
/** The kernel refuses less. */
const leastQuotaUs = 1000;
const leastShares = 2;

/** The part of the processors that a template asks for, in the words of an OCI runtime: as much at most, and as weight when all are busy. */
export function cpuOf({ pod }: InstanceTemplate): { quota?: number; period?: number; shares?: number } | undefined {
  const { limits = {}, requests = {} } = pod?.template.containers?.[pod.container]?.resources ?? {};
  const limit = cores(limits['cpu']);
  const request = cores(requests['cpu']) ?? limit;
  if (request === undefined) return undefined;
  return {
    ...(limit === undefined ? {} : { quota: Math.max(leastQuotaUs, Math.round(limit * periodUs)), period: periodUs }),
    shares: Math.max(leastShares, Math.round(request * 1024)),
  };
}

function cores(quantity: string | number | undefined): number | undefined {
  return quantity === undefined ? undefined : amountOf(String(quantity));
}
