import type { GatewaySpec } from './schema.ts';

/** The templates and the inner domain of a Gateway, with what holds where it says nothing. Read, never stored. */
export function gatewayDefaults(spec: GatewaySpec): { clusterDomain: string; hostTemplate: string; pathTemplate: string } {
  return {
    clusterDomain: spec.clusterDomain ?? 'cluster.local',
    hostTemplate: spec.hostTemplate ?? '{{.Name}}.{{.Namespace}}.{{.Domain}}',
    pathTemplate: spec.pathTemplate ?? '{{.Namespace}}/{{.Name}}',
  };
}
