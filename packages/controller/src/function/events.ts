import type { FunctionStatus } from '@openfunction/resources';

/** Something that happened to an object, for people. */
export interface Happening {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

type Half = FunctionStatus['build'];

const building = ['Created', 'Building'];
const failures = new Map([
  ['Failed', 'BuildFailed'],
  ['Timeout', 'BuildTimeout'],
  ['Canceled', 'BuildCanceled'],
]);

/** What happened between two statuses of a Function. */
export function happenings(before: FunctionStatus | undefined, after: FunctionStatus): Happening[] {
  return [
    ...(changed(before?.build, after.build) ? buildHappenings(before?.build, after.build) : []),
    ...(changed(before?.serving, after.serving) ? servingHappenings(before?.serving, after.serving) : []),
    ...deliveryHappenings(before, after),
  ];
}

function changed(before: Half, after: Half): boolean {
  return before?.state !== after?.state || before?.resourceRef !== after?.resourceRef || before?.message !== after?.message;
}

function buildHappenings(before: Half, after: Half): Happening[] {
  const { state = '', resourceRef = '', message, buildDuration } = after ?? {};
  const began = building.includes(state) && before?.resourceRef !== resourceRef;
  if (began) return [{ type: 'Normal', reason: 'BuildStarted', message: `Build ${resourceRef} started.` }];
  if (state === 'Succeeded') {
    const took = buildDuration === undefined ? '' : ` after ${buildDuration}`;
    return [{ type: 'Normal', reason: 'BuildCompleted', message: `Build ${resourceRef} succeeded${took}.` }];
  }
  const reason = failures.get(state);
  if (reason === undefined) return [];
  return [
    {
      type: state === 'Canceled' ? 'Normal' : 'Warning',
      reason,
      message: message || `Build ${resourceRef} ended as ${state}. Its log may say why.`,
    },
  ];
}

function deliveryHappenings(before: FunctionStatus | undefined, after: FunctionStatus): Happening[] {
  const [was, is] = [before, after].map((status) => status?.conditions?.find(({ type }) => type === 'Delivering'));
  if (is === undefined || (is.status === was?.status && is.reason === was.reason)) return [];
  if (is.status === 'False') return [{ type: 'Warning', reason: 'NotDelivering', message: is.message }];
  // They come, and something else is to be said of them.
  if (is.reason !== 'Delivering') return [{ type: 'Warning', reason: is.reason, message: is.message }];
  return [{ type: 'Normal', reason: 'Delivering', message: 'What it names can be had, and its messages come.' }];
}

function servingHappenings(before: Half, after: Half): Happening[] {
  const { state = '', resourceRef = '', message } = after ?? {};
  const isNew = before?.state !== state || before.resourceRef !== resourceRef;
  if (state === 'Starting' && isNew) return [{ type: 'Normal', reason: 'Starting', message: `Version ${resourceRef} is starting.` }];
  if (state === 'Running' && isNew) return [{ type: 'Normal', reason: 'Running', message: `Version ${resourceRef} has the traffic.` }];
  if (!['Failed', 'Timeout', 'UnknownRuntime'].includes(state)) return [];
  return [
    {
      type: 'Warning',
      reason: 'ServingFailed',
      message: message || `Version ${resourceRef} is not ready. The log of the function may say why.`,
    },
  ];
}
