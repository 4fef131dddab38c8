import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { DataFolder } from './data-folder.ts';

export interface PartState {
  /** Absent while it waits to be started again. */
  pid?: number;
  /** Whether it has said that it works. */
  isReady: boolean;
  /** Milliseconds since the epoch. */
  startedAt: number;
  restarts: number;
}

/** What runs and where, as the supervisor last wrote it. True only while someone holds the folder. */
export interface PlatformState {
  pid: number;
  domain: string;
  /** `http://127.0.0.1:PORT` of the gateway; absent until it is known. */
  gateway?: string;
  /** The API server's URL. */
  api?: string;
  /** How instances are kept apart, in a word and in a sentence. */
  isolation?: { kind: string; holds: string };
  parts: Record<string, PartState>;
}

/** False: it could not be written, as when the disk is full. What it says is for people, so nothing may end for want of it. */
export function writeState(folder: DataFolder, state: PlatformState): boolean {
  try {
    writeFileSync(`${folder.state}.new`, JSON.stringify(state, null, 2), { mode: 0o600 });
    renameSync(`${folder.state}.new`, folder.state);
    return true;
  } catch {
    return false;
  }
}

export function readState(folder: DataFolder): PlatformState | undefined {
  try {
    return JSON.parse(readFileSync(folder.state, 'utf8')) as PlatformState;
  } catch {
    return undefined;
  }
}

export function removeState(folder: DataFolder): void {
  rmSync(folder.state, { force: true });
}
