import { abortable } from '../abortable.ts';
import { ComponentError } from '../component-error.ts';
import type { Scaler, ScalerReading } from './scaler.ts';
import type { TriggerContext } from './scaler-type.ts';

const withinMs = 10_000;

/** Readings that end in time, whatever the source does, and that fail with one kind of error. */
export function boundedReading(source: Scaler, { subject, clock }: Pick<TriggerContext, 'subject' | 'clock'>): Scaler {
  const closed = new AbortController();

  async function read(signal: AbortSignal): Promise<ScalerReading> {
    const late = new AbortController();
    const cancel = clock.setTimeout(
      () => late.abort(unavailable(`it was not answered within ${withinMs / 1000} s. Is its server up, and its address right?`)),
      withinMs,
    );
    const any = AbortSignal.any([signal, closed.signal, late.signal]);
    try {
      any.throwIfAborted();
      return checked(await abortable(source.read(any), any));
    } catch (error) {
      if (any.aborted) throw any.reason;
      throw asComponentError(error);
    } finally {
      cancel();
    }
  }

  function checked(reading: ScalerReading): ScalerReading {
    if (Number.isFinite(reading.value)) return reading;
    throw new ComponentError('RequestRejected', 'The source answered with a number that is not finite. Correct what it is asked.');
  }

  function asComponentError(error: unknown): ComponentError {
    if (!(error instanceof ComponentError))
      return unavailable(
        `${error instanceof Error ? error.message.replace(/\.$/, '') : String(error)}. Is its server up, and its address right?`,
        error,
      );
    if (error.message.startsWith(subject)) return error;
    return new ComponentError(error.code, `${subject} cannot be read: ${error.message}`, { cause: error });
  }

  const unavailable = (why: string, cause?: unknown): ComponentError =>
    new ComponentError('ComponentUnavailable', `${subject} cannot be read: ${why}`, { cause });

  return {
    read,
    close: async () => {
      closed.abort(unavailable('it was closed.'));
      await source.close();
    },
  };
}
