export * from './object.ts';
export * from './core.ts';
export * from './kinds.ts';
export * from './labels.ts';
export * from './function/schema.ts';
export * from './builder/schema.ts';
export * from './serving/schema.ts';
export * from './gateway/schema.ts';
export { states, type State } from './schema/parts.ts';
