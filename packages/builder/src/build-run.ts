import type { BuildLog } from './build-log.ts';

/** The messages of builder.v1, as plain values. */
export interface BuildRequest {
  /** namespace/name and uid of the Builder. */
  builder: string;
  uid: string;
  specJson: string;
}

export interface BuildResponse {
  state: 'Pending' | 'Building' | 'Succeeded' | 'Failed' | 'Timeout' | 'Canceled';
  reason: string;
  message: string;
  digest: string;
  size: number;
  commitSha: string;
  commitAuthor: string;
  sourceDigest: string;
  durationMs: number;
  /** Of an ended build: the last of what it wrote. */
  log: string;
}

/** What a Builder's status can hold: the builder may lose the whole log. */
const toldLogBytes = 8192;

/** What is not said is empty. */
export type BuildReport = Partial<BuildResponse> & Pick<BuildResponse, 'state'>;

/** One build, for as long as it runs and somewhat longer. */
export class BuildRun {
  readonly request: BuildRequest;
  readonly log: BuildLog;
  readonly cancelled: AbortController = new AbortController();
  /** Milliseconds since the epoch. */
  startedAt: number;
  #last: BuildResponse = response({ state: 'Pending' });
  #changed: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(request: BuildRequest, log: BuildLog, startedAt: number) {
    this.request = request;
    this.log = log;
    this.startedAt = startedAt;
  }

  get isOver(): boolean {
    return isFinal(this.#last);
  }

  tell(report: BuildReport): void {
    this.#last = response(isFinal(report) ? { ...report, log: this.log.tail(toldLogBytes) } : report);
    const changed = this.#changed;
    this.#changed = Promise.withResolvers();
    changed.resolve();
  }

  /** Answers with the last of what it wrote until now. */
  cancel(): string {
    this.cancelled.abort();
    return this.log.tail(toldLogBytes);
  }

  /** The present state and every later one, to the last. */
  async *follow(signal: AbortSignal): AsyncIterable<BuildResponse> {
    const stop = abortion(signal);
    for (let said: BuildResponse | undefined; !signal.aborted;) {
      const last = this.#last;
      const changed = this.#changed;
      if (said !== last) yield last;
      said = last;
      if (isFinal(last)) return;
      if (this.#last === last) await Promise.race([changed.promise, stop]);
    }
  }
}

export function abortion(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

function response(report: BuildReport): BuildResponse {
  const empty = { reason: '', message: '', digest: '', size: 0, commitSha: '', commitAuthor: '', sourceDigest: '', durationMs: 0, log: '' };
  return { ...empty, ...report };
}

function isFinal({ state }: Pick<BuildResponse, 'state'>): boolean {
  return state !== 'Pending' && state !== 'Building';
}
