import type { StartErrorCode, Trouble } from '@openfunction/workload';

export interface Terminated {
  exitCode: number;
  reason?: string;
  message?: string;
}

/** What of a pod's status tells how far its start is. */
export interface StartingStatus {
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
  containerStatuses?: {
    name?: string;
    image?: string;
    restartCount: number;
    state?: { running?: unknown; waiting?: { reason?: string; message?: string }; terminated?: Terminated };
    lastState?: { terminated?: Terminated };
  }[];
}

const codes: Readonly<Record<string, StartErrorCode>> = {
  ErrImagePull: 'ImagePullFailed',
  ImagePullBackOff: 'ImagePullFailed',
  ErrImageNeverPull: 'ImagePullFailed',
  InvalidImageName: 'ImagePullFailed',
  ImageInspectError: 'ImagePullFailed',
  RegistryUnavailable: 'ImagePullFailed',
  CrashLoopBackOff: 'ContainerCrashes',
  CreateContainerConfigError: 'ContainerNotCreated',
  CreateContainerError: 'ContainerNotCreated',
  RunContainerError: 'ContainerNotCreated',
};
const maxSaid = 500;

/** Why a pod that starts does not get on; undefined while nothing speaks against it. */
export function troubleOf(status: StartingStatus | undefined): Trouble | undefined {
  for (const each of status?.containerStatuses ?? []) {
    const { waiting, terminated } = each.state ?? {};
    const code = codes[waiting?.reason ?? ''] ?? (terminated === undefined ? undefined : 'ContainerCrashes');
    if (code === undefined) continue;
    if (code === 'ImagePullFailed') return { code, message: pullMessage(each.image ?? '', waiting?.message) };
    if (code === 'ContainerCrashes') return { code, message: crashMessage(terminated ?? each.lastState?.terminated) };
    return {
      code,
      message: `The container cannot be started: ${said(waiting?.message ?? waiting?.reason)} Correct the template or the image.`,
    };
  }
  const unplaced = status?.conditions?.find(
    ({ type, status: is, reason }) => type === 'PodScheduled' && is === 'False' && reason === 'Unschedulable',
  );
  if (unplaced === undefined) return undefined;
  return { code: 'NotScheduled', message: `No node takes the instance: ${said(unplaced.message)} Ask for less, or add nodes.` };
}

function pullMessage(image: string, why: string | undefined): string {
  return `The image "${image}" cannot be pulled: ${said(why)} Check its name, and imageCredentials when it is private.`;
}

function crashMessage(ended: Terminated | undefined): string {
  const how =
    ended === undefined ? 'ended' : `ended with exit code ${ended.exitCode}${ended.reason === 'OOMKilled' ? ', out of memory' : ''}`;
  return `The container ${how} instead of serving; it is started again with growing pauses. Its log may say why: ofn logs.`;
}

/** As one sentence with an end. */
function said(text = 'no reason is given'): string {
  const line = text.replaceAll(/\s+/g, ' ').trim().slice(0, maxSaid);
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
