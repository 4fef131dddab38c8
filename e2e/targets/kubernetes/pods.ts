import { outputOf } from '../run-command.ts';

export const platformNamespace = 'openfunction';

interface Pod {
  metadata: { name: string; uid: string };
}

/** Names of the pods that a selector takes. */
export async function podNames(namespace: string, selector: string): Promise<string[]> {
  const names = await outputOf('kubectl', ['get', 'pods', '-n', namespace, '-l', selector, '-o', 'name']);
  return names
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.slice('pod/'.length));
}

export const partSelector = (part: string): string => `app.kubernetes.io/name=openfunction,app.kubernetes.io/component=${part}`;

interface Lease {
  spec?: { holderIdentity?: string };
}

/** The pod of a part that decides now, or of a part without a Lease any of it. */
export async function podInCharge(part: string): Promise<string> {
  const lease = await outputOf('kubectl', ['get', 'lease', part, '-n', platformNamespace, '--ignore-not-found', '-o', 'json']);
  const { spec } = JSON.parse(lease || '{}') as Lease;
  const name = spec?.holderIdentity?.split('_')[0] || (await podNames(platformNamespace, partSelector(part)))[0];
  if (name === undefined) throw new Error(`There is no pod of ${part}.`);
  return name;
}

/** The processes of a pod's containers, on a cluster whose processes are this machine's. */
export async function podPids(namespace: string, name: string): Promise<number[]> {
  const { metadata } = JSON.parse(await outputOf('kubectl', ['get', 'pod', name, '-n', namespace, '-o', 'json'])) as Pod;
  const filter = `labels."io.kubernetes.pod.uid"==${metadata.uid},labels."io.cri-containerd.kind"==container`;
  const containers = (await outputOf('ctr', ['containers', 'ls', '-q', filter])).split('\n').filter((id) => id !== '');
  const tasks = (await outputOf('ctr', ['tasks', 'ls'])).split('\n').map((line) => line.split(/\s+/));
  const running = tasks.filter(([id = '', , status]) => containers.includes(id) && status === 'RUNNING');
  if (running.length === 0) throw new Error(`Nothing of the pod ${namespace}/${name} runs.`);
  return running.map(([, pid]) => Number(pid));
}

/** Kills the program of a pod as the kernel would; in a cluster of others, deletes the pod without grace. */
export async function killPod(isOurs: boolean, namespace: string, name: string): Promise<void> {
  if (!isOurs) {
    await outputOf('kubectl', ['delete', 'pod', name, '-n', namespace, '--grace-period=0', '--force']);
    return;
  }
  for (const pid of await podPids(namespace, name)) process.kill(pid, 'SIGKILL');
}
