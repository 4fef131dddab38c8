import type { ApiError, DaprCode } from './api-error.ts';

/** Dapr's second name for a failure, by which its clients tell apart what has one code. */
const reasons: Partial<Record<DaprCode, string>> = {
  ERR_STATE_STORE_NOT_FOUND: 'DAPR_STATE_NOT_FOUND',
  ERR_STATE_STORE_NOT_CONFIGURED: 'DAPR_STATE_NOT_CONFIGURED',
  ERR_PUBSUB_NOT_FOUND: 'DAPR_PUBSUB_NOT_FOUND',
  ERR_PUBSUB_NOT_CONFIGURED: 'DAPR_PUBSUB_NOT_CONFIGURED',
  ERR_PUBSUB_EMPTY: 'DAPR_PUBSUB_NAME_EMPTY',
  ERR_TOPIC_NAME_EMPTY: 'DAPR_PUBSUB_TOPIC_NAME_EMPTY',
  ERR_PUBSUB_FORBIDDEN: 'DAPR_PUBSUB_FORBIDDEN',
  ERR_PUBSUB_PUBLISH_MESSAGE: 'DAPR_PUBSUB_PUBLISH_MESSAGE',
  ERR_PUBSUB_CLOUD_EVENTS_SER: 'DAPR_PUBSUB_CLOUD_EVENT_CREATION',
  ERR_PUBSUB_EVENTS_SER: 'DAPR_PUBSUB_UNMARSHAL_EVENTS',
  ERR_INVOKE_OUTPUT_BINDING: 'DAPR_BINDING_INVOKE_OUTPUT_BINDING',
};

/** `details` of an error's body, as gRPC's richer errors look in JSON; none where Dapr has no reason for the code. */
export function errorDetails({ code, reason = reasons[code] }: Pick<ApiError, 'code' | 'reason'>): object[] | undefined {
  if (reason === undefined) return undefined;
  return [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', domain: 'dapr.io', metadata: null, reason }];
}
