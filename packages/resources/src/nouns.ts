// The nouns without what checks them: a caller of an API pays nothing for schemas that its server applies.
export * from './failed-state.ts';
export * from './object.ts';
export * from './core.ts';
export * from './kinds.ts';
export * from './labels.ts';
export type { OFunction, FunctionStatus } from './function/schema.ts';
export type { Builder } from './builder/schema.ts';
export type { Serving } from './serving/schema.ts';
export { appIdOf, usesMessaging } from './serving/messaging.ts';
export type { ReferenceGrant } from './reference-grant/schema.ts';
export { valuesOf, type ConfigSource } from './serving/config-source.ts';
export { environmentOf } from './serving/environment.ts';
