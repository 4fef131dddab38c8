import type { Uid } from '@openfunction/resources';
import { StoreError } from '@openfunction/store';
import type { LogLine } from '@openfunction/workload';
import type { KubeApi } from './api.ts';
import { container } from './function-pod.ts';
import type { Pod } from './instance-of-pod.ts';
import { parseLogLine } from './log-line.ts';
import { labels } from './manifests.ts';
import { pods } from './pod-cache.ts';
import { resourcePath } from './resource-path.ts';

export interface KeptLogsOptions {
  api: Pick<KubeApi, 'lines'>;
  onError?: (error: unknown) => void;
  /** How long one reading may take. */
  timeoutMs?: number;
}

/** What pods wrote that are no more, in memory: the last of it, of each owner's newest, of so many owners. */
export interface KeptLogs {
  /** To be awaited before the pod goes. Never throws: it must stop nobody from ending. */
  keep(pod: Pod): Promise<void>;
  find(uid: Uid): Promise<readonly LogLine[]> | undefined;
}

const maxBytes = 64 * 1024;
const maxOwners = 100;
/** The API server cuts what is too long at its end, which is the part that counts: then fewer lines are asked for. */
const tails = ['1000', '100', '10', '1'];

export function keptLogs({ api, onError, timeoutMs = 3_000 }: KeptLogsOptions): KeptLogs {
  /** By owner; the one that was kept last comes last. */
  const logs = new Map<string, { uid: Uid; lines: Promise<readonly LogLine[]> }>();

  async function lastOf(pod: Pod, which: { previous?: 'true' }): Promise<LogLine[]> {
    const path = resourcePath(pods, { ...pod.metadata, subresource: 'log' });
    let lines: string[] = [];
    for (const tailLines of tails) {
      const query = { container, timestamps: 'true', tailLines, limitBytes: String(maxBytes), ...which };
      lines = [];
      for await (const line of api.lines({ method: 'GET', path, query, signal: AbortSignal.timeout(timeoutMs) })) lines.push(line);
      if (lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0) < maxBytes) break;
    }
    // Where the file is gone the kubelet answers with a sentence in place of lines, which have their time.
    return lines.map(parseLogLine).filter(({ at }) => at > 0);
  }

  /** Asked for in this order, the second is there whenever the container was started again before the first was read. */
  async function lastWords(pod: Pod): Promise<LogLine[]> {
    const present = await lastOf(pod, {});
    try {
      const previous = await lastOf(pod, { previous: 'true' });
      return previous.length > 0 ? previous : present;
    } catch (error) {
      if (error instanceof StoreError && error.code !== 'Unavailable') return present;
      throw error;
    }
  }

  return {
    keep: async (pod) => {
      const { uid = '', labels: given } = pod.metadata;
      const owner = given?.[labels.owner];
      if (owner === undefined || logs.get(owner)?.uid === uid) return;
      const lines = lastWords(pod);
      logs.delete(owner);
      logs.set(owner, { uid, lines });
      const [oldest = ''] = logs.keys();
      if (logs.size > maxOwners) logs.delete(oldest);
      try {
        await lines;
      } catch (error) {
        if (logs.get(owner)?.uid === uid) logs.delete(owner);
        onError?.(error);
      }
    },
    find: (uid) => logs.values().find((one) => one.uid === uid)?.lines,
  };
}
