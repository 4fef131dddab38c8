import type { ParseArgsOptionsConfig } from 'node:util';

/** What every command that talks to a platform takes. */
export const connectOptions = {
  namespace: { type: 'string', short: 'n' },
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  verbose: { type: 'boolean', short: 'v', default: false },
} as const satisfies ParseArgsOptionsConfig;

export interface ConnectValues {
  namespace?: string;
  kubeconfig?: string;
  context?: string;
  verbose?: boolean;
}

/** The lines of a usage that tell of them. */
export const connectUsage = `  -n, --namespace N  Namespace (default: that of the kubeconfig's context)
  --kubeconfig FILE  Which platform (default: $KUBECONFIG, else the one of "ofn up" if it is up, else ~/.kube/config)
  --context NAME     A context of the kubeconfig
  -v, --verbose      Say what is done, on stderr
`;
