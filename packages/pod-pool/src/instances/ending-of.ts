import type { Instance } from '@openfunction/workload';

/** Why an instance is no more that nobody wanted to end. */
export type EndingErrorCode = 'FunctionCrashed' | 'InstanceSilent' | 'InstanceUnhealthy' | 'InstanceLost';

export interface Ending {
  instance: string;
  reason: EndingErrorCode;
  message: string;
}

const passedLimits: Readonly<Record<string, string>> = {
  OOMKilled: 'used more memory than it may, and was ended. Give the function more, or let it keep less.',
  StorageExceeded: 'wrote more to its disk than it may, and was ended. Let the function write less, or raise its ephemeral storage.',
};

/** In words, by the name that people find it by; `known` is what the ground still knows of it. */
export function endingOf(
  { id: instance, name = instance }: Pick<Instance, 'id' | 'name'>,
  why: 'failed' | 'silent',
  known: Pick<Instance, 'finished'> | undefined,
): Ending {
  if (why === 'silent') {
    const message = `Instance ${name} did not answer for its health, and was ended. The function blocks its event loop, or hangs; move long work out of it.`;
    return { instance, reason: 'InstanceSilent', message };
  }
  const { finished } = known ?? {};
  if (known === undefined)
    return {
      instance,
      reason: 'InstanceLost',
      message: `Instance ${name} is gone: something else than OpenFunction ended it. Another takes its place.`,
    };
  if (finished?.reason === 'Unhealthy')
    return {
      instance,
      reason: 'InstanceUnhealthy',
      message: `Instance ${name} ${finished.message}, and was ended. Another takes its place.`,
    };
  const passed = passedLimits[finished?.reason ?? ''];
  if (passed !== undefined) return { instance, reason: 'FunctionCrashed', message: `Instance ${name} ${passed}` };
  const how = finished?.exitCode === undefined ? '' : ` with exit code ${finished.exitCode}`;
  const what = 'an error that nothing caught, or the function ended its process';
  return { instance, reason: 'FunctionCrashed', message: `Instance ${name} ended by itself${how}: ${what}. Its log may say why.` };
}
