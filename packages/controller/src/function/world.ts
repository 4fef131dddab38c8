import type { Builder, Capabilities, Condition, FieldCause, FunctionStatus, OFunction, Serving, State } from '@openfunction/resources';

/** What pod-pool last said of a Serving. */
export interface ServingReport {
  /** Of the Serving that it speaks of. */
  uid: string;
  verified: boolean;
  proven: boolean;
  reason: string;
  message: string;
  ready: number;
  starting: number;
  /** Paths of template fields that have no effect, from the Serving. */
  notHonoured: readonly string[];
  /** Paths of template fields for which it has a Workload of its own, from the Serving. */
  unpooled: readonly string[];
  /** Its image is no function module, and serves by itself. */
  isImage: boolean;
  /** The newest instance that nobody wanted to end, and how many there were since pod-pool began. */
  ending?: { count: number; reason: string; message: string };
}

/** What whoever brings messages last said of a Serving. */
export interface DeliveryReport {
  /** Of the Serving that it speaks of. */
  uid: string;
  /** Its components are open, and what its sources send comes to it. */
  isDelivering: boolean;
  /** What is in the way, or why what waits cannot be measured: a CamelCase reason and a sentence; empty when there is nothing. */
  reason: string;
  message: string;
}

/** What is known of where a Function is reached, before its Servings are. */
export interface RouteView {
  route: NonNullable<FunctionStatus['route']>;
  addresses: NonNullable<FunctionStatus['addresses']>;
  /** The host inside the cluster. */
  service?: string;
  condition: Pick<Condition, 'status' | 'reason' | 'message'>;
}

export interface FunctionWorld {
  fn: OFunction;
  /** What is wrong with its spec. */
  causes: readonly FieldCause[];
  /** Owned by this Function, by uid. */
  builders: Builder[];
  servings: Serving[];
  /** By name of the Serving; only reports of these very Servings. */
  reports: ReadonlyMap<string, ServingReport>;
  /** By name of the Serving, as reports; absent where nobody brings messages. */
  deliveries?: ReadonlyMap<string, DeliveryReport>;
  capabilities: Capabilities;
  /** Absent without an HTTP trigger. */
  route?: RouteView;
  /** ISO 8601. */
  now: string;
}

/** One half of the status, with its state decided. */
export type Phase = NonNullable<FunctionStatus['build']> & { state: State | '' };

/** The earlier of two delays, either of which may be absent. */
export function sooner(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined ? right : right === undefined ? left : Math.min(left, right);
}

export function nameOf(object: Builder | Serving): string {
  return object.metadata.name;
}

/** Milliseconds since the object was made. */
export function ageMs(object: Builder | Serving, now: string): number {
  return Date.parse(now) - Date.parse(object.metadata.creationTimestamp ?? now);
}
