import type { InstanceTemplate, PodTemplate } from '@openfunction/workload';

type Container = NonNullable<PodTemplate['containers']>[number];
type Written = NonNullable<Container['livenessProbe']>;

/** What a container is asked: a path, whether a port is open, or how a command in it ends. */
export type ProbeTarget =
  | { kind: 'http'; port: number; path: string; isTls: boolean }
  | { kind: 'tcp'; port: number }
  | { kind: 'exec'; command: string[] };

export interface Probe {
  target: ProbeTarget;
  initialDelayMs: number;
  periodMs: number;
  timeoutMs: number;
  /** So many in a row make it hold. */
  successThreshold: number;
  /** So many in a row make it not hold any more. */
  failureThreshold: number;
}

/** The probes of a container, as Kubernetes does them. */
export interface Probes {
  /** Until it holds, the others wait. */
  startup?: Probe;
  /** When it does not hold, the container is ended. */
  liveness?: Probe;
  /** While it holds, the container gets requests. */
  readiness: Probe;
  /** Nobody wrote the readiness: it is whether the port was open once. */
  isReadyForGood: boolean;
}

/** A timer takes no more. */
const longestMs = 2 ** 31 - 1;
const plain = { initialDelayMs: 0, periodMs: 1000, timeoutMs: 1000, successThreshold: 1, failureThreshold: 3 };

/** What a template says of the container of the function. */
export function probesOf({ pod, port = 0 }: InstanceTemplate): Probes {
  const container = pod?.template.containers?.[pod.container];
  const probe = (written: Written | undefined): Probe | undefined => probeOf(written, (name) => portOf(container, name) ?? port);
  const startup = probe(container?.startupProbe);
  const liveness = probe(container?.livenessProbe);
  const readiness = probe(container?.readinessProbe);
  return {
    ...(startup === undefined ? {} : { startup }),
    ...(liveness === undefined ? {} : { liveness }),
    readiness: readiness ?? { target: { kind: 'tcp', port }, ...plain },
    isReadyForGood: readiness === undefined,
  };
}

/** Undefined when it does not say what to ask. */
function probeOf(written: Written | undefined, numberOf: (port: string | number) => number): Probe | undefined {
  const target = written === undefined ? undefined : targetOf(written, numberOf);
  if (written === undefined || target === undefined) return undefined;
  const ms = (seconds: number): number => Math.min(longestMs, seconds * 1000);
  return {
    target,
    initialDelayMs: ms(written.initialDelaySeconds ?? 0),
    periodMs: ms(written.periodSeconds ?? 10),
    timeoutMs: ms(written.timeoutSeconds ?? 1),
    successThreshold: written.successThreshold ?? 1,
    failureThreshold: written.failureThreshold ?? 3,
  };
}

function targetOf({ httpGet, tcpSocket, exec }: Written, numberOf: (port: string | number) => number): ProbeTarget | undefined {
  if (exec?.command !== undefined && exec.command.length > 0) return { kind: 'exec', command: exec.command };
  if (httpGet !== undefined) {
    const isTls = httpGet.scheme?.toUpperCase() === 'HTTPS';
    return { kind: 'http', port: numberOf(httpGet.port), path: httpGet.path ?? '/', isTls };
  }
  return tcpSocket === undefined ? undefined : { kind: 'tcp', port: numberOf(tcpSocket.port) };
}

/** A port by its number, or by the name that the container's list gives it. */
function portOf(container: Container | undefined, port: string | number): number | undefined {
  const number = Number(port);
  if (Number.isInteger(number) && number > 0) return number;
  return container?.ports?.find(({ name }) => name === port)?.containerPort;
}
