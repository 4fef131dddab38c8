import type { KubeConfig } from '@kubernetes/client-node';

/** Which kubeconfig files; none: as kubectl finds it (KUBECONFIG, ~/.kube/config, then the pod's service account). */
export interface ConfigOptions {
  /** Of several, the first that has a name decides what it means, and the first that has a current context, which it is. */
  kubeconfigs?: readonly string[];
  /** The current one when absent. */
  context?: string;
}

export async function loadConfig({ kubeconfigs = [], context }: ConfigOptions): Promise<KubeConfig> {
  // Lazy: this import alone costs 0.6 s and 90 MB, and only those who talk to a cluster may pay it.
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  const [first, ...more] = kubeconfigs;
  if (first === undefined) config.loadFromDefault();
  else config.loadFromFile(first);
  for (const file of more) {
    const other = new KubeConfig();
    other.loadFromFile(file);
    config.clusters = firstOfName(config.clusters, other.clusters);
    config.users = firstOfName(config.users, other.users);
    config.contexts = firstOfName(config.contexts, other.contexts);
    if (!config.currentContext && other.currentContext) config.setCurrentContext(other.currentContext);
  }
  if (context !== undefined) config.setCurrentContext(context);
  return config;
}

function firstOfName<T extends { name: string }>(ours: readonly T[], theirs: readonly T[]): T[] {
  const names = new Set(ours.map(({ name }) => name));
  return [...ours, ...theirs.filter(({ name }) => !names.has(name))];
}
