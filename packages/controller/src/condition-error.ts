/** Reasons with which a condition of ours is False; `docs/errors.md` says of each what to do. */
export type ConditionErrorCode =
  | 'AsyncNotSupported'
  | 'UnknownRuntime'
  | 'ServingTimeout'
  | 'BuildTimeout'
  | 'FieldsIgnored'
  | 'HostnameConflict'
  | 'GatewayNotFound'
  | 'GatewayApiMissing'
  | 'GatewayClassNotFound'
  | 'ListenerNotSupported'
  | 'NamespaceNotEnabled'
  | 'UnsupportedValue'
  | 'NotReconciled';

/** The reason itself, checked against the list. */
export function because(code: ConditionErrorCode): ConditionErrorCode {
  return code;
}
