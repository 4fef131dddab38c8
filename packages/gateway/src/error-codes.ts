/** Every code of an answer that the gateway itself gives. Pages: docs/errors.md. */
export type GatewayErrorCode =
  | 'BadRequest'
  | 'NoRoute'
  | 'MethodNotAllowed'
  | 'RequestTimeout'
  | 'BodyTooLarge'
  | 'ExpectationFailed'
  | 'HeadTooLarge'
  | 'UpstreamReset'
  | 'UpstreamUnavailable'
  | 'UpstreamInvalid'
  | 'NotReady'
  | 'QueueFull'
  | 'ColdStartTimeout'
  | 'Refused'
  | 'SchedulerUnreachable'
  | 'ResponseTimeout';

/** The HTTP status of each. */
export const errorStatus: Readonly<Record<GatewayErrorCode, number>> = {
  BadRequest: 400,
  NoRoute: 404,
  MethodNotAllowed: 405,
  RequestTimeout: 408,
  BodyTooLarge: 413,
  ExpectationFailed: 417,
  HeadTooLarge: 431,
  UpstreamReset: 502,
  UpstreamUnavailable: 502,
  UpstreamInvalid: 502,
  NotReady: 503,
  QueueFull: 503,
  ColdStartTimeout: 503,
  Refused: 503,
  SchedulerUnreachable: 503,
  ResponseTimeout: 504,
};
