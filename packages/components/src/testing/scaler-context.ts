import { realClock } from '@openfunction/reconcile';
import type { ComponentEvent } from '../component-context.ts';
import type { ScalerContext } from '../scalers/scaler.ts';

/** A context for tests of scalers, and what they reported. */
export function scalerContext(given: Partial<ScalerContext> = {}): ScalerContext & { events: ComponentEvent[] } {
  const events: ComponentEvent[] = [];
  return { clock: realClock, environment: {}, random: () => 0.5, report: (event) => void events.push(event), events, ...given };
}
