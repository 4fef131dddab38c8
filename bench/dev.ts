import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { end, freePort, median } from './processes.ts';
import type { Result } from './result.ts';

const rounds = 20;
const ofn = path.resolve(import.meta.dirname, '../apps/cli/dist/main.js');

/**
 * How long who writes a function waits: from a saved file to its new answer under `ofn dev`, beside a bare server that
 * `node --watch` starts again; and for `ofn --help`, beside a Node that does nothing.
 */
export async function run(_options: { json: boolean }): Promise<Result[]> {
  const [help, bareNode] = helpTimes();
  const folder = mkdtempSync(path.join(tmpdir(), 'ofn-bench-dev-'));
  const ours = await started(path.join(folder, 'ours'), ourSource, (dir, port) => [
    ofn,
    'dev',
    dir,
    '--target',
    'main',
    '--port',
    `${port}`,
  ]);
  const bare = await started(path.join(folder, 'bare'), bareSource, (dir, port) => ['--watch', path.join(dir, 'index.js'), `${port}`]);
  const times: { ours: number[]; bare: number[] } = { ours: [], bare: [] };
  try {
    for (let round = 1; round <= rounds; round += 1) {
      times.ours.push(await ours.save(`round ${round}`));
      times.bare.push(await bare.save(`round ${round}`));
    }
  } finally {
    await Promise.all([end(ours.child, 'SIGTERM'), end(bare.child, 'SIGTERM')]);
    rmSync(folder, { recursive: true, force: true });
  }
  return [
    result('ofn --help', 150, help, bareNode),
    result('ofn dev: saved file to new answer, p50', 1000, median(times.ours), median(times.bare)),
    result('ofn dev: saved file to new answer, slowest', 1000, Math.max(...times.ours), Math.max(...times.bare)),
  ];
}

function helpTimes(): [help: number, bare: number] {
  const times = Array.from({ length: rounds }, () => [timeOf([ofn, '--help']), timeOf(['-e', '0'])] as const);
  return [median(times.map(([help]) => help)), median(times.map(([, bare]) => bare))];
}

function timeOf(args: readonly string[]): number {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr}`);
  return performance.now() - began;
}

const ourSource = (word: string): string => `export const main = (req, res) => res.send(${JSON.stringify(word)});\n`;
const bareSource = (word: string): string =>
  `import { createServer } from 'node:http';
createServer((req, res) => res.end(${JSON.stringify(word)})).listen(Number(process.argv[2]), '127.0.0.1');\n`;

interface Watched {
  child: ChildProcess;
  /** Saves a source that answers so; milliseconds until it does. */
  save(word: string): Promise<number>;
}

async function started(dir: string, source: (word: string) => string, command: (dir: string, port: number) => string[]): Promise<Watched> {
  mkdirSync(dir);
  writeFileSync(path.join(dir, 'package.json'), '{"type":"module","main":"index.js"}');
  const file = path.join(dir, 'index.js');
  writeFileSync(file, source('first'));
  const port = await freePort();
  const child = spawn(process.execPath, command(dir, port), { stdio: 'ignore' });
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`${command(dir, port).join(' ')} ended with ${code}.`);
  });
  gone.catch(() => undefined);
  const answered = async (word: string): Promise<void> => {
    while ((await answerOf(port)) !== word) await sleep(2);
  };
  await Promise.race([answered('first'), gone]);
  return {
    child,
    save: async (word) => {
      // Whoever saves again while the last change is taken over waits for that, too.
      await sleep(300);
      const began = performance.now();
      writeFileSync(file, source(word));
      await Promise.race([answered(word), gone]);
      return performance.now() - began;
    },
  };
}

/** Nothing while nobody listens. */
async function answerOf(port: number): Promise<string | undefined> {
  const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } }).catch(() => undefined);
  return answer?.text().catch(() => undefined);
}

function result(name: string, most: number, value: number, peer: number): Result {
  const rounded = Math.round(value);
  return {
    name,
    value: rounded,
    unit: 'ms',
    must: `<= ${most} ms`,
    peer: Math.round(peer),
    ratio: Math.round((100 * value) / peer) / 100,
    ok: rounded <= most,
  };
}
