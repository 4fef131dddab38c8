import { FunctionError } from './function-error.ts';

/** Answers what is in flight when the process must end by a fault of the function, so that no caller waits for nothing. */
export function guardProcess(failAll: (error: unknown) => void): void {
  const crash = (error: unknown): void => {
    failAll(crashed('an error was thrown that no code caught', error));
    // The turn in which the answers are written.
    setImmediate(() => process.exit(70));
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  // Writes of this size go to the kernel at once, so they still arrive.
  process.on('exit', (code) => failAll(crashed(`the function ended its process with ${code}`)));
}

function crashed(why: string, cause?: unknown): FunctionError {
  return new FunctionError('FunctionCrashed', 500, `The function crashed: ${why}. Its log has the reason under this id.`, { cause });
}
