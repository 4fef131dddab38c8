export { appEnvironment, type BuildingBlocksAddress } from './app-environment.ts';
export { appTokens, type AppTokens } from './app-tokens.ts';
export type { AppComponent, AppTopic, MessageApp, MessageBus, OpenApp, Source, SourceTroubles } from './message-bus.ts';
export { isOfScaling, MessagingError, type MessagingErrorCode } from './messaging-error.ts';
export type { InstanceEndpoint, Instances } from './instances.ts';
