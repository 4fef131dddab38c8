import type { InstanceTemplate, PodTemplate } from '@openfunction/workload';

type Container = NonNullable<PodTemplate['containers']>[number];

/** Where a container is asked whether it is ready: a path, or whether its port is open. */
export interface ReadinessTarget {
  path?: string;
  /** Undefined: that of the workload. */
  port?: number;
}

/** What its template says, as far as that is done here; undefined when it names neither a path nor a port. */
export function readinessOf({ pod }: InstanceTemplate): ReadinessTarget | undefined {
  const container = pod?.template.containers?.[pod.container];
  const probe = container?.readinessProbe;
  const target = probe?.httpGet ?? probe?.tcpSocket;
  if (target === undefined) return undefined;
  const port = portOf(container, target.port);
  return {
    ...(probe?.httpGet === undefined ? {} : { path: probe.httpGet.path ?? '/' }),
    ...(port === undefined ? {} : { port }),
  };
}

/** A port by its number, or by the name that the container's list gives it. */
function portOf(container: Container | undefined, port: string | number): number | undefined {
  const number = Number(port);
  if (Number.isInteger(number) && number > 0) return number;
  return container?.ports?.find(({ name }) => name === port)?.containerPort;
}
