import { Agent, request } from 'node:http';

export interface Sent {
  at: number;
  ms: number;
  /** 0: no answer came, and `why` says so. */
  status: number;
  why: string;
}

export interface SteadyTraffic {
  readonly sent: readonly Sent[];
  stop(): Promise<readonly Sent[]>;
}

/** One request as it comes, which never throws. */
export function ask(to: { host: string; port: number }, host: string, options: { agent?: Agent; timeoutMs?: number } = {}): Promise<Sent> {
  const at = performance.now();
  return new Promise((resolve) => {
    const end = (status: number, why = ''): void => resolve({ at, ms: performance.now() - at, status, why });
    const signal = AbortSignal.timeout(options.timeoutMs ?? 90_000);
    const sending = request({ ...to, agent: options.agent ?? false, headers: { host }, signal }, (answer) => {
      answer.resume();
      answer.on('end', () => end(answer.statusCode ?? 0));
      answer.on('error', (error) => end(0, error.message));
    });
    sending.on('error', (error) => end(0, error.message));
    sending.end();
  });
}

/** Requests at a steady rate over kept connections that honour `Connection: close`; nothing is sent twice. */
export function steadyTraffic(to: { host: string; port: number }, host: string, perSecond: number): SteadyTraffic {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const sent: Sent[] = [];
  const open = new Set<Promise<unknown>>();
  let due = performance.now();
  const timer = setInterval(() => {
    for (; due <= performance.now(); due += 1000 / perSecond) {
      const one: Promise<unknown> = ask(to, host, { agent }).then((answer) => {
        sent.push(answer);
        open.delete(one);
      });
      open.add(one);
    }
  }, 2);
  return {
    sent,
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
      agent.destroy();
      return sent;
    },
  };
}

/** The longest time without an answer of 200. */
export function longestGapMs(sent: readonly Sent[]): number {
  const ends = sent
    .filter(({ status }) => status === 200)
    .map(({ at, ms }) => at + ms)
    .toSorted((a, b) => a - b);
  return Math.round(Math.max(0, ...ends.slice(1).map((end, index) => end - (ends[index] ?? end))));
}
