import type { Scalers } from '@openfunction/event-bus';
import { MessagingError } from '@openfunction/messaging';

/** Knows no trigger of KEDA: what waits at the sources of the function's own triggers is measured all the same. */
export const noScalers: Scalers = {
  open: async ({ type }) => {
    const message = `The trigger ${type} in scaleOptions.keda cannot be measured on a cluster yet. Leave scaleOptions.keda.triggers out: the backlog of the function's own sources is used then.`;
    throw new MessagingError('ComponentInvalid', message);
  },
};
