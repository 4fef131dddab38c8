/** Dapr's codes, as its documentation lists them, and the status each is answered with over HTTP. */
export const daprErrorStatus = {
  ERR_BAD_REQUEST: 400,
  ERR_NOT_FOUND: 404,
  ERR_INTERNAL: 500,
  ERR_REQUEST_TOO_LARGE: 413,
  ERR_UNAUTHORIZED: 401,
  ERR_MALFORMED_REQUEST: 400,
  ERR_MALFORMED_REQUEST_DATA: 400,
  ERR_STATE_STORE_NOT_CONFIGURED: 500,
  ERR_STATE_STORE_NOT_FOUND: 400,
  ERR_STATE_STORE_NOT_SUPPORTED: 500,
  ERR_NOT_SUPPORTED_STATE_OPERATION: 400,
  ERR_STATE_GET: 500,
  ERR_STATE_BULK_GET: 500,
  ERR_STATE_SAVE: 500,
  ERR_STATE_DELETE: 500,
  ERR_STATE_TRANSACTION: 500,
  ERR_PUBSUB_NOT_CONFIGURED: 400,
  ERR_PUBSUB_EMPTY: 404,
  ERR_PUBSUB_NOT_FOUND: 404,
  ERR_TOPIC_NAME_EMPTY: 404,
  ERR_PUBSUB_FORBIDDEN: 403,
  ERR_PUBSUB_CLOUD_EVENTS_SER: 400,
  ERR_PUBSUB_EVENTS_SER: 400,
  ERR_PUBSUB_PUBLISH_MESSAGE: 500,
  ERR_INVOKE_OUTPUT_BINDING: 500,
  ERR_SECRET_STORES_NOT_CONFIGURED: 500,
  ERR_SECRET_STORE_NOT_FOUND: 401,
  ERR_SECRET_GET: 500,
  ERR_CONFIGURATION_STORE_NOT_CONFIGURED: 500,
  ERR_CONFIGURATION_STORE_NOT_FOUND: 400,
  ERR_CONFIGURATION_GET: 500,
  ERR_CONFIGURATION_SUBSCRIBE: 500,
  ERR_CONFIGURATION_UNSUBSCRIBE: 500,
  ERR_LOCK_STORE_NOT_CONFIGURED: 500,
  ERR_LOCK_STORE_NOT_FOUND: 400,
  ERR_TRY_LOCK: 500,
  ERR_UNLOCK: 500,
  ERR_DIRECT_INVOKE: 500,
  ERR_HEALTH_NOT_READY: 500,
  ERR_HEALTH_APPID_NOT_MATCH: 500,
  ERR_OUTBOUND_HEALTH_NOT_READY: 500,
  ERR_ACTOR_RUNTIME_NOT_FOUND: 400,
  ERR_WORKFLOW_COMPONENT_NOT_FOUND: 400,
  ERR_CONVERSATION_NOT_FOUND: 400,
  ERR_CRYPTO_PROVIDERS_NOT_CONFIGURED: 500,
  DAPR_SCHEDULER_SCHEDULE_JOB: 500,
} as const;

export type DaprCode = keyof typeof daprErrorStatus;

/** What an app is told when its call of the API did not succeed. */
export class ApiError extends Error {
  readonly code: DaprCode;
  /** Over HTTP. */
  readonly status: number;
  /** Dapr's more exact name, where the code alone is not enough. */
  readonly reason: string | undefined;
  constructor(code: DaprCode, message: string, options: { status?: number; reason?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'ApiError';
    this.code = code;
    this.status = options.status ?? daprErrorStatus[code];
    this.reason = options.reason;
  }

  /** The only way from what was caught to what is told: what nobody foresaw is told without its words. */
  static from(error: unknown): ApiError {
    if (error instanceof ApiError) return error;
    return new ApiError('ERR_INTERNAL', 'The runtime failed at this request, by a fault of its own. Its log says more.', { cause: error });
  }
}
