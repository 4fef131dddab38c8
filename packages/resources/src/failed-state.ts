const failed: ReadonlySet<string> = new Set(['Failed', 'Timeout', 'Canceled', 'UnknownRuntime']);

/** Whether a build or a version has ended, or cannot begin, without a result. */
export function isFailedState(state: string | undefined): boolean {
  return failed.has(state ?? '');
}

/** Whether a build in this state goes on no more. */
export function isEndedBuild(state: string | undefined): boolean {
  return state === 'Succeeded' || isFailedState(state);
}
