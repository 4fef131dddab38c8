export type ReconcileResult = 'success' | 'error' | 'terminal_error' | 'requeue_after';

/** Told of what a queue and its workers do, for metrics. */
export interface ControllerObserver {
  /** Keys that wait now. */
  depth(size: number): void;
  added(): void;
  /** A key was back in line after a failure. */
  retried(): void;
  taken(waitedMs: number): void;
  /** One reconciliation began; the answer is called at its end. */
  began(): (result: ReconcileResult) => void;
}
