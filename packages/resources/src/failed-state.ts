const failed: ReadonlySet<string> = new Set(['Failed', 'Timeout', 'Canceled', 'UnknownRuntime']);

/** Whether a build or a version has ended, or cannot begin, without a result. */
export function isFailedState(state: string | undefined): boolean {
  return failed.has(state ?? '');
}
