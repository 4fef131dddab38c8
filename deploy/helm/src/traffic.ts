import { controlPort, trafficPort } from '@openfunction/kube';

export type Part = 'controller' | 'builder' | 'converter' | 'event-bus' | 'gateway' | 'pod-pool';
/** Who speaks on the cluster's network; `stranger` is any other pod of it. */
export type Party = Part | 'runner' | 'image' | 'build' | 'stranger';

/** Ports that each part takes connections on from other pods. */
export const listens: Record<Part, Readonly<Record<string, number>>> = {
  controller: { grpc: 9443, health: 8090 },
  builder: { grpc: 9443, exchange: 9444, 'held-exchange': 9445, health: 8090 },
  converter: { webhook: 9443, health: 8090 },
  'event-bus': { grpc: 9443, 'dapr-http': 3500, 'dapr-grpc': 50_001, health: 8090 },
  gateway: { public: 8080, internal: 8081, health: 8090 },
  'pod-pool': { grpc: 9443, health: 8090 },
};

/** On the loopback of builder and pod-pool, for whom the API server lets forward a port. */
export const forwardedPort = 9090;

/** A port of an app that a function brought along; any number. */
export const imagePort = 3000;

export interface Call {
  from: Party;
  to: Party;
  port: number;
  what: string;
}

const every: readonly Party[] = [
  'controller',
  'builder',
  'converter',
  'event-bus',
  'gateway',
  'pod-pool',
  'runner',
  'image',
  'build',
  'stranger',
];
const parts: readonly Part[] = ['controller', 'builder', 'converter', 'event-bus', 'gateway', 'pod-pool'];
/** Those whose calls nothing restricts: functions call what they like, and the API server is as good as a stranger. */
const unrestricted: readonly Party[] = ['runner', 'image', 'stranger'];
/** What builds and components may reach is declared in the chart's values: by default any address, a pod's too. */
const toAddresses: readonly Party[] = ['build', 'event-bus'];

/** All connections between pods that there are; the chart's policies let through these and no other. */
export const calls: readonly Call[] = [
  { from: 'gateway', to: 'controller', port: listens.controller['grpc']!, what: 'routes.v1' },
  { from: 'gateway', to: 'pod-pool', port: listens['pod-pool']['grpc']!, what: 'pool.v1, to each replica' },
  { from: 'controller', to: 'pod-pool', port: listens['pod-pool']['grpc']!, what: 'pool.v1' },
  { from: 'pod-pool', to: 'pod-pool', port: listens['pod-pool']['grpc']!, what: 'pool.v1, passed on to the holder' },
  { from: 'controller', to: 'builder', port: listens.builder['grpc']!, what: 'builder.v1' },
  { from: 'controller', to: 'event-bus', port: listens['event-bus']['grpc']!, what: 'bus.v1' },
  { from: 'event-bus', to: 'event-bus', port: listens['event-bus']['grpc']!, what: 'bus.v1, passed on to the holder' },
  {
    from: 'event-bus',
    to: 'pod-pool',
    port: listens['pod-pool']['grpc']!,
    what: 'pool.v1: what waits at sources; to each replica, slots of images that speak gRPC',
  },
  ...(['runner', 'image'] as const).flatMap((from): Call[] => [
    { from, to: 'event-bus', port: listens['event-bus']['dapr-http']!, what: "Dapr's HTTP API" },
    { from, to: 'event-bus', port: listens['event-bus']['dapr-grpc']!, what: "Dapr's gRPC API" },
  ]),
  { from: 'builder', to: 'builder', port: listens.builder['grpc']!, what: 'builder.v1, passed on to the holder' },
  { from: 'builder', to: 'builder', port: listens.builder['held-exchange']!, what: 'connections of builds, passed on to the holder' },
  { from: 'build', to: 'builder', port: listens.builder['exchange']!, what: 'source and output' },
  { from: 'gateway', to: 'runner', port: trafficPort, what: 'requests' },
  { from: 'pod-pool', to: 'runner', port: controlPort, what: 'runner.v1' },
  { from: 'gateway', to: 'image', port: imagePort, what: 'requests' },
  { from: 'event-bus', to: 'image', port: imagePort, what: 'messages by gRPC' },
  ...[...unrestricted, ...toAddresses].flatMap((from): Call[] => [
    { from, to: 'converter', port: listens.converter['webhook']!, what: 'objects of v1beta1' },
    { from, to: 'gateway', port: listens.gateway['public']!, what: 'requests by external names' },
    { from, to: 'gateway', port: listens.gateway['internal']!, what: 'requests by internal names' },
    ...parts.map((to): Call => ({ from, to, port: listens[to]['health']!, what: 'health and metrics' })),
  ]),
];

/** Every connection that one could try: each pair of parties, and each port on which anyone listens. */
export function attempts(): Omit<Call, 'what'>[] {
  const ports = new Set([...Object.values(listens).flatMap((of) => Object.values(of)), controlPort, trafficPort, imagePort, forwardedPort]);
  return every.flatMap((from) => every.filter((to) => to !== 'stranger').flatMap((to) => [...ports].map((port) => ({ from, to, port }))));
}
