import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { digestOf, type ModuleArtifact } from '@openfunction/artifact';
import { runnerEntry } from '@openfunction/functions-framework/runner';
import { httpControl, signTicket } from '@openfunction/pod-pool';

export interface DevInstanceOptions {
  /** Where a debugger may connect once it is told to. */
  inspectPort?: number;
  /** A line that it wrote. */
  onLine: (stream: 'stdout' | 'stderr', line: string) => void;
}

export interface DevLoad {
  artifact: ModuleArtifact;
  settings: object;
  /** In place of the artifact's, with its source map in it. */
  bundle: Uint8Array;
}

/** The answer to a load. */
export type Loaded = { loaded: true } | { loaded: false; code: string; message: string; detail?: string };

const startMs = 20_000;
const loadMs = 60_000;
const drainMs = 3_000;

/** One process of the runner that the platform uses too. It takes one load, and serves until it is ended. */
export class DevInstance {
  readonly id: string = `dev-${randomUUID()}`;
  readonly trafficSocket: string;
  readonly workDir: string;
  /** When the process is gone, and all that it wrote was told. */
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
  readonly #box: string;
  readonly #key: KeyObject;
  readonly #process: ChildProcess;
  #isTold = false;

  constructor({ inspectPort, onLine }: DevInstanceOptions) {
    this.#box = mkdtempSync(path.join(tmpdir(), 'ofn-d-'));
    this.workDir = path.join(this.#box, 'work');
    mkdirSync(this.workDir);
    this.trafficSocket = path.join(this.#box, 't.sock');
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    this.#key = privateKey;
    const isSource = runnerEntry.endsWith('.ts');
    const args = [
      ...(isSource ? ['--conditions=@openfunction/source'] : []),
      ...(inspectPort === undefined ? [] : [`--inspect-port=127.0.0.1:${inspectPort}`]),
      runnerEntry,
    ];
    // As on the platform, nothing of this process's own environment gets in.
    const env = {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: this.workDir,
      TMPDIR: this.workDir,
      OFN_INSTANCE_ID: this.id,
      OFN_TICKET_PUBLIC_KEY: publicKey.export({ format: 'jwk' }).x ?? '',
      OFN_CONTROL: `unix:${this.#control}`,
      OFN_TRAFFIC: `unix:${this.trafficSocket}`,
      OFN_WORK_DIR: this.workDir,
    };
    this.#process = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of ['stdout', 'stderr'] as const) {
      const from = this.#process[stream];
      if (from !== null) createInterface({ input: from }).on('line', (line) => onLine(stream, line));
    }
    this.ended = once(this.#process, 'close').then(([code, signal]: (number | string | null)[]) => {
      rmSync(this.#box, { recursive: true, force: true });
      return { code: code as number | null, signal: signal as string | null };
    });
  }

  /** Whether it was told to end; an end that nobody asked for is the function's own. */
  get isTold(): boolean {
    return this.#isTold;
  }

  get #control(): string {
    return path.join(this.#box, 'c.sock');
  }

  /** Makes it the function. A load that fails ends it. */
  async load({ artifact, settings, bundle }: DevLoad): Promise<Loaded> {
    await this.#isUp();
    const sent = Buffer.from(JSON.stringify(settings));
    const ticket = {
      instance: this.id,
      serving: 'dev',
      functionUid: 'dev',
      generation: 1,
      bundleDigest: digestOf(bundle),
      assetsDigest: digestOf(artifact.assets),
      cacheDigest: '',
      settingsDigest: digestOf(sent),
      expiresAtMs: Date.now() + loadMs,
      nonce: randomUUID(),
    };
    const parts = { ticket: signTicket(ticket, this.#key), settings: sent, bundle, assets: artifact.assets, codeCache: new Uint8Array() };
    const answer = await httpControl.load({ kind: 'unix', path: this.#control }, () => parts, { timeoutMs: loadMs });
    return answer.loaded ? { loaded: true } : { loaded: false, code: answer.code, message: answer.message, detail: answer.detail };
  }

  /** Lets a debugger connect. */
  inspect(): void {
    this.#process.kill('SIGUSR1');
  }

  /** Lets what is in flight finish, for a moment. */
  async end({ isNow = false }: { isNow?: boolean } = {}): Promise<void> {
    this.#isTold = true;
    this.#process.kill(isNow ? 'SIGKILL' : 'SIGTERM');
    const killer = setTimeout(() => this.#process.kill('SIGKILL'), drainMs).unref();
    await this.ended;
    clearTimeout(killer);
  }

  async #isUp(): Promise<void> {
    const until = Date.now() + startMs;
    const endpoint = { kind: 'unix', path: this.#control } as const;
    for (;;) {
      const health = await httpControl.health(endpoint, 1000).catch(() => undefined);
      if (health !== undefined) return;
      if (this.#process.exitCode !== null || Date.now() > until) throw new Error('The runner did not start; what it said is above.');
      await pause(10);
    }
  }
}
