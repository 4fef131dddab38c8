import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BuildLog, type LoggedLine } from './build-log.ts';

/** namespace/name and uid of the Builder. */
export interface LogName {
  builder: string;
  uid: string;
}

/** The logs of the builds that run and of the last ones that ended. */
export interface BuildLogs {
  open(name: LogName): BuildLog;
  find(name: LogName): Promise<BuildLog | undefined>;
  /** Ends a log, and keeps it. */
  end(name: LogName, log: BuildLog): Promise<void>;
}

const keptInMemory = 32;
const keptOnDisk = 200;

/** Ended logs lie below `dir`, or without one in memory; only so many of them, the newest. */
export function buildLogs({ dir, now }: { dir?: string; now: () => number }): BuildLogs {
  const open = new Map<string, BuildLog>();
  const pathOf = (folder: string, name: LogName): string => join(folder, `${encodeURIComponent(idOf(name))}.jsonl`);

  const keep = async (folder: string, name: LogName, log: BuildLog): Promise<void> => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = pathOf(folder, name);
    await writeFile(`${path}.new`, log.lines.map((line) => `${JSON.stringify(line)}\n`).join(''), { mode: 0o600 });
    await rename(`${path}.new`, path);
    await dropOldest(folder);
  };

  return {
    open: (name) => {
      const log = new BuildLog(now);
      open.delete(idOf(name));
      open.set(idOf(name), log);
      return log;
    },
    find: async (name) => open.get(idOf(name)) ?? (dir === undefined ? undefined : read(pathOf(dir, name), now)),
    end: async (name, log) => {
      log.end();
      if (dir !== undefined) {
        await keep(dir, name, log);
        open.delete(idOf(name));
        return;
      }
      const [oldest] = open.keys();
      if (open.size > keptInMemory && oldest !== undefined) open.delete(oldest);
    },
  };
}

function idOf({ builder, uid }: LogName): string {
  return `${builder} ${uid}`;
}

async function read(path: string, now: () => number): Promise<BuildLog | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const lines = text?.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as LoggedLine]));
  return lines === undefined ? undefined : new BuildLog(now, lines);
}

async function dropOldest(dir: string): Promise<void> {
  const names = await readdir(dir);
  if (names.length <= keptOnDisk) return;
  const files = await Promise.all(names.map(async (name) => ({ name, at: (await stat(join(dir, name))).mtimeMs })));
  for (const { name } of files.toSorted((left, right) => right.at - left.at).slice(keptOnDisk)) await rm(join(dir, name), { force: true });
}
