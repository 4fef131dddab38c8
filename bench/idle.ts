import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { idlePlatform } from './idle/platform.ts';
import { idleRunners } from './idle/runners.ts';
import type { Result } from './result.ts';

/** What it costs to wait: the platform without functions, idle runners, and functions that nobody calls. */
export async function run(_options: { json: boolean }): Promise<Result[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-idle-'));
  try {
    return [...(await idleRunners(folder)), ...(await idlePlatform(path.join(folder, 'data')))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
