import { ClaimError } from '../claim/claim-error.ts';
import { retryDelayMs } from '../claim/back-off.ts';
import type { SettingsProblem } from '../settings/settings-of.ts';
import type { Timers } from '../timers.ts';
import type { ServingWorld } from './world.ts';

export interface VerifierOptions {
  timers: Timers;
  artifact: (world: ServingWorld) => Promise<{ digest: string }>;
  problemOf: (world: ServingWorld) => SettingsProblem | undefined;
  /** What the Serving names was not read yet; it is verified again when it was. */
  isUnread: (world: ServingWorld) => boolean;
  /** The Serving can be claimed for, or the reason why not has changed. */
  onChange: (world: ServingWorld) => void;
}

const atOnce = 4;

/** Checks that the artifact is there and whole, and all that the template names: a few Servings at a time, until it succeeds. */
export function verifier(options: VerifierOptions): { verify(world: ServingWorld): void } {
  const { timers } = options;
  const queue = new Set<ServingWorld>();
  let running = 0;

  async function check(world: ServingWorld): Promise<void> {
    try {
      const problem = options.problemOf(world);
      if (problem !== undefined) throw new ClaimError(problem.code, problem.message);
      const { digest } = await options.artifact(world);
      world.digest = digest;
      world.verified = true;
      world.reason = world.message = world.detail = '';
      world.failures = world.retryAt = 0;
    } catch (error) {
      failed(world, ClaimError.from(error));
    }
    if (!world.gone) options.onChange(world);
  }

  function failed(world: ServingWorld, { code, message }: ClaimError): void {
    world.reason = code;
    world.message = message;
    world.detail = '';
    world.failures += 1;
    const delay = retryDelayMs(world.failures);
    world.retryAt = timers.now() + delay;
    timers.after(delay, () => verify(world));
  }

  function verify(world: ServingWorld): void {
    if (world.gone || world.verified || options.isUnread(world)) return;
    queue.add(world);
    next();
  }

  function next(): void {
    if (running >= atOnce) return;
    const [world] = queue;
    if (world === undefined) return;
    queue.delete(world);
    running += 1;
    void check(world).finally(() => {
      running -= 1;
      next();
    });
  }

  return { verify };
}
