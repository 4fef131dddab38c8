import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { digestOf, encodeModule } from '@openfunction/artifact';
import { makeModule, type MadeModule, type MakeModule } from '@openfunction/builder';
import type { DevDapr } from './dev-dapr.ts';
import { devSettings, missingValues, type DevFunction } from './dev-function.ts';
import { DevInstance } from './dev-instance.ts';
import type { DevServer } from './dev-server.ts';
import { haveDependencies } from './have-dependencies.ts';
import { sourceLines } from './source-lines.ts';

export interface DevLoopOptions {
  /** Absolute, without links. */
  folder: string;
  /** Reads the manifest, which may change as the source does. */
  read: () => Promise<{ fn: DevFunction; plan: MakeModule['plan'] }>;
  server: Pick<DevServer, 'to'>;
  dapr: Pick<DevDapr, 'env' | 'follow'>;
  inspectPort?: number;
  internalSocket?: string;
  onLine: (stream: 'stdout' | 'stderr', line: string) => void;
  say: (text: string) => void;
  /** What was said of an error, with its code. */
  complain: (error: unknown) => void;
}

interface Version {
  fn: DevFunction;
  made: MadeModule;
  digest: string;
}

const restartMs = { first: 200, most: 5000 };
/** Whoever lived so long did not end for want of a start. */
const livedMs = 10_000;

/** Builds the newest source, and lets a new instance answer once it has loaded it; until then, and if it cannot, the one before answers. */
export class DevLoop {
  readonly #options: DevLoopOptions;
  #spare: DevInstance;
  #translate = new WeakMap<DevInstance, (text: string) => string>();
  #current: DevInstance | undefined;
  #good: Version | undefined;
  #crashes = 0;
  #isClosed = false;
  #turn: Promise<void> = Promise.resolve();
  #isAsked = false;

  constructor(options: DevLoopOptions) {
    this.#options = options;
    this.#spare = this.#start();
  }

  /** The source may have changed. Changes during a build make one more build. */
  changed(): Promise<void> {
    if (this.#isAsked) return this.#turn;
    this.#isAsked = true;
    return (this.#turn = this.#turn.then(async () => {
      this.#isAsked = false;
      if (!this.#isClosed) await this.#build();
    }));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#spare.end({ isNow: true }), this.#current?.end()]);
  }

  async #build(): Promise<void> {
    const { folder, read, say, complain, server } = this.#options;
    const started = performance.now();
    try {
      const { fn, plan } = await read();
      const warnings: string[] = [];
      const install = (packageJson: Parameters<MakeModule['install']>[0]): Promise<void> => haveDependencies(folder, packageJson);
      const log = (text: string): void => void (text.startsWith('Warning: ') && warnings.push(text.trimEnd()));
      const made = await makeModule({ dir: folder, plan, install, log, isMapped: true });
      const digest = digestOf(JSON.stringify([encodeModule(made.artifact).digest, fn.serving, fn.env]));
      if (digest === this.#good?.digest) return;
      for (const text of [...warnings, ...(this.#good === undefined ? missingValues(fn) : [])]) say(text);
      const isFirst = this.#good === undefined;
      await this.#swap({ fn, made, digest });
      this.#crashes = 0;
      say(`${isFirst ? 'ready' : 'reloaded'} in ${Math.round(performance.now() - started)} ms`);
      // The function answers already: what cannot be opened keeps its messages away and nothing else.
      await this.#options.dapr.follow(fn).catch(complain);
    } catch (error) {
      complain(error);
      if (this.#good === undefined) server.to(undefined, error instanceof Error ? error.message : String(error));
      else say('The last version that worked still answers.');
    }
  }

  async #swap(version: Version): Promise<void> {
    const { server, inspectPort } = this.#options;
    const next = this.#spare;
    this.#spare = this.#start();
    await this.#load(next, version);
    const before = this.#current;
    this.#current = next;
    this.#good = version;
    server.to(next.trafficSocket);
    this.#watch(next);
    const gone = before?.end({ isNow: inspectPort !== undefined });
    if (inspectPort === undefined) return;
    // There is one port, so the debugger leaves one process before it finds the next.
    await gone;
    next.inspect();
  }

  async #load(instance: DevInstance, { fn, made }: Version): Promise<void> {
    const { folder, internalSocket, dapr } = this.#options;
    const { artifact, sourceMap = '{}' } = made;
    const settings = devSettings(fn, { artifact, instance: instance.id, internalSocket, daprEnv: await dapr.env(fn) });
    const translate = sourceLines({ map: sourceMap, file: path.join(instance.workDir, artifact.manifest.entry ?? 'index.js'), folder });
    this.#translate.set(instance, translate);
    const inline = `\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(sourceMap).toString('base64')}`;
    const answer = await instance.load({ artifact, settings, bundle: Buffer.concat([artifact.bundle, Buffer.from(inline)]) });
    if (answer.loaded) return;
    await instance.ended;
    throw new LoadFailure(answer.code, translate([answer.message, answer.detail ?? ''].filter((text) => text !== '').join(' ')));
  }

  #watch(instance: DevInstance): void {
    const since = Date.now();
    void instance.ended.then(async ({ code, signal }) => {
      if (instance.isTold || this.#isClosed || instance !== this.#current) return;
      this.#crashes = Date.now() - since > livedMs ? 1 : this.#crashes + 1;
      const waitMs = Math.min(restartMs.most, restartMs.first * 2 ** (this.#crashes - 1));
      this.#options.say(`The function ended its process (${signal ?? `exit code ${code}`}); it starts again in ${waitMs} ms.`);
      await pause(waitMs);
      this.#turn = this.#turn.then(() => this.#again(instance));
    });
  }

  /** Starts the version that ended, unless a newer one came meanwhile. */
  async #again(ended: DevInstance): Promise<void> {
    if (this.#isClosed || ended !== this.#current || this.#good === undefined) return;
    await this.#swap(this.#good).catch((error: unknown) => {
      this.#options.complain(error);
      this.#options.server.to(undefined, 'The function does not start again; change it.');
    });
  }

  #start(): DevInstance {
    const { inspectPort, onLine } = this.#options;
    const started: DevInstance = new DevInstance({
      inspectPort,
      onLine: (stream, line) => onLine(stream, this.#translate.get(started)?.(line) ?? line),
    });
    return started;
  }
}

/** The function did not load, in the runner's words. */
class LoadFailure extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
