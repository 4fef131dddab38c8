export * from './object.ts';
export * from './core.ts';
export * from './kinds.ts';
export * from './labels.ts';
export * from './function/schema.ts';
export * from './builder/schema.ts';
export * from './serving/schema.ts';
export * from './gateway/schema.ts';
export type { ReferenceGrant } from './reference-grant/schema.ts';
export type { RouteFilter, RouteRule, RouteRuleMatch, RouteSpec } from './schema/route.ts';
export { checkRoute } from './checks/route.ts';
export { states, type State } from './schema/status.ts';
export * from './conditions.ts';
export type { FieldCause } from './field-cause.ts';
export { isDeeperThan } from './depth.ts';
export * from './duration.ts';
export { mostConcurrency, type AutoscalingSettings } from './autoscaling/annotations.ts';
export { autoscalingCauses, autoscalingSettings } from './autoscaling/read.ts';
export {
  advancedCauses,
  scalingBehavior,
  type DirectedScaling,
  type ScalingBehavior,
  type ScalingPolicy,
} from './autoscaling/scaling-behavior.ts';
export { functionDefaults } from './function/defaults.ts';
export { buildDefaults } from './builder/defaults.ts';
export { defaultMaxReplicas, servingDefaults } from './serving/defaults.ts';
export { functionUid } from './serving/function-uid.ts';
export { appProtocolOf } from './serving/app-protocol.ts';
export { servesByItself, servesByItselfReason } from './serving/serves-by-itself.ts';
export { enableDaprAnnotation, isDaprOff } from './serving/dapr-annotations.ts';
export { appIdOf, usesEventBus, usesMessaging } from './serving/messaging.ts';
export { valuesOf, type ConfigReference, type ConfigSource } from './serving/config-source.ts';
export { environmentOf, type Environment } from './serving/environment.ts';
export { functionContainer, type FunctionContainer } from './serving/function-container.ts';
export { messagePath, messagePaths } from './serving/message-paths.ts';
export { requestLimits, type RequestLimits } from './serving/request-limits.ts';
export { gatewayDefaults } from './gateway/defaults.ts';
export { ignoredFields, type Capabilities, type Capability } from './honoured.ts';
export { validateFunction } from './function/validate.ts';
export { validateGateway } from './gateway/validate.ts';
export { validateObject } from './validate.ts';
export { sameJson } from './same-json.ts';
export * from './gateway/hosts.ts';
export { externalDomain, isMagicDomain } from './gateway/domain.ts';
export * from './table.ts';
export { referenceGrantJsonSchema } from './crd/reference-grant.ts';
export { customResourceDefinitions } from './crd/crd.ts';
export { isEndedBuild, isFailedState } from './failed-state.ts';
