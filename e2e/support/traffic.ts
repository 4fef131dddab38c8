import { Agent } from 'node:http';
import type { Target } from '../targets/target.ts';
import { call, type Answer, type CallOptions } from './call.ts';

export interface Traffic {
  /** Answers so far, in the order in which they came. */
  readonly answers: readonly Answer[];
  /** Waits until so many more answers have come. */
  more(count: number): Promise<void>;
  /** Ends it, and waits for what is under way. */
  stop(): Promise<readonly Answer[]>;
}

/** Requests at a steady rate, each sent whether or not those before are answered. */
export function traffic(target: Target, name: string, given: CallOptions & { perSecond: number; keepAlive?: boolean }): Traffic {
  const { perSecond, keepAlive = true, ...options } = given;
  const agent = new Agent({ keepAlive, maxSockets: 64 });
  const answers: Answer[] = [];
  const waiting = new Set<Promise<unknown>>();
  let heard = Promise.withResolvers<void>();
  let due = performance.now();
  const timer = setInterval(() => {
    for (; due <= performance.now(); due += 1000 / perSecond) {
      const one = call(target, name, { ...options, agent }).then((answer) => {
        answers.push(answer);
        waiting.delete(one);
        heard.resolve();
        heard = Promise.withResolvers();
      });
      waiting.add(one);
    }
  }, 5);
  return {
    answers,
    async more(count) {
      for (const end = answers.length + count; answers.length < end;) await heard.promise;
    },
    async stop() {
      clearInterval(timer);
      await Promise.all(waiting);
      agent.destroy();
      return answers;
    },
  };
}

/** Those that are not 200, for an expectation that shows them. */
export function failures(answers: readonly Answer[]): string[] {
  return answers.filter(({ status }) => status !== 200).map(({ status, body }) => `${status} ${body.slice(0, 200)}`);
}
