import type { Clock } from '@openfunction/reconcile';
import type { ClusterSecrets } from './secretstores/cluster-secrets.ts';

/** What a component knows of where it is used. */
export interface ComponentContext {
  /** Of the component. */
  name: string;
  /** The app it is opened for: the default name of a group of consumers. */
  appId: string;
  namespace: string;
  clock: Clock;
  /** Variables that components may read; not the runtime's own. */
  environment: Readonly<Record<string, string | undefined>>;
  /** Secrets of the cluster that the process runs in; absent where it runs in none. */
  clusterSecrets?: ClusterSecrets;
  /** What all apps of this process have in common of the component of this name: made by the first that asks. */
  shared<T>(make: () => T): T;
  /** From 0 up to 1, for back-off. */
  random(): number;
  /** What a person should know, and nobody waits for: a connection lost or back, a value without effect. */
  report(event: ComponentEvent): void;
}

export interface ComponentEvent {
  level: 'info' | 'warn' | 'error';
  /** A fixed sentence. */
  message: string;
  component: string;
  /** Never with a secret. */
  fields?: Record<string, string | number>;
}
