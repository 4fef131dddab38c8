export { manualClock, realClock, steadyClock, type Clock, type ManualClock } from './clock.ts';
export type { ControllerObserver, ReconcileResult } from './controller-observer.ts';
export { forever, type ForeverOptions } from './forever.ts';
export { pause } from './pause.ts';
export { createQueue, type Queue, type QueueOptions } from './queue.ts';
export { startReconciler, type Reconciler, type ReconcilerOptions } from './reconciler.ts';
export { TerminalError } from './terminal-error.ts';
