export { startEventBus, type EventBusOptions, type StartedEventBus } from './start-event-bus.ts';
export type { Scalers, SourceReports, TriggerScaler } from './sources/measure-sources.ts';
