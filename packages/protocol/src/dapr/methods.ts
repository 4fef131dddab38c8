/** The full names of a method's messages. */
export interface MethodOf {
  request: string;
  answer: string;
  /** The caller sends more than one message. */
  isStreamed?: true;
}

const runtime = 'dapr.proto.runtime.v1';
const common = 'dapr.proto.common.v1';
const empty = 'google.protobuf.Empty';
const own = (request: string, answer?: string): MethodOf => ({
  request: `${runtime}.${request}`,
  answer: answer === undefined ? empty : `${runtime}.${answer}`,
});

/** What is served of `dapr.proto.runtime.v1.Dapr`. */
export const runtimeMethods: Readonly<Record<string, MethodOf>> = {
  InvokeService: { request: `${runtime}.InvokeServiceRequest`, answer: `${common}.InvokeResponse` },
  GetState: own('GetStateRequest', 'GetStateResponse'),
  GetBulkState: own('GetBulkStateRequest', 'GetBulkStateResponse'),
  SaveState: own('SaveStateRequest'),
  DeleteState: own('DeleteStateRequest'),
  DeleteBulkState: own('DeleteBulkStateRequest'),
  ExecuteStateTransaction: own('ExecuteStateTransactionRequest'),
  PublishEvent: own('PublishEventRequest'),
  BulkPublishEvent: own('BulkPublishRequest', 'BulkPublishResponse'),
  BulkPublishEventAlpha1: own('BulkPublishRequest', 'BulkPublishResponse'),
  SubscribeTopicEventsAlpha1: { ...own('SubscribeTopicEventsRequestAlpha1', 'SubscribeTopicEventsResponseAlpha1'), isStreamed: true },
  InvokeBinding: own('InvokeBindingRequest', 'InvokeBindingResponse'),
  GetSecret: own('GetSecretRequest', 'GetSecretResponse'),
  GetBulkSecret: own('GetBulkSecretRequest', 'GetBulkSecretResponse'),
  GetConfiguration: own('GetConfigurationRequest', 'GetConfigurationResponse'),
  GetConfigurationAlpha1: own('GetConfigurationRequest', 'GetConfigurationResponse'),
  SubscribeConfiguration: own('SubscribeConfigurationRequest', 'SubscribeConfigurationResponse'),
  SubscribeConfigurationAlpha1: own('SubscribeConfigurationRequest', 'SubscribeConfigurationResponse'),
  UnsubscribeConfiguration: own('UnsubscribeConfigurationRequest', 'UnsubscribeConfigurationResponse'),
  UnsubscribeConfigurationAlpha1: own('UnsubscribeConfigurationRequest', 'UnsubscribeConfigurationResponse'),
  TryLockAlpha1: own('TryLockRequest', 'TryLockResponse'),
  UnlockAlpha1: own('UnlockRequest', 'UnlockResponse'),
  GetMetadata: own('GetMetadataRequest', 'GetMetadataResponse'),
  SetMetadata: own('SetMetadataRequest'),
  Shutdown: own('ShutdownRequest'),
};

/** What is called of `dapr.proto.runtime.v1.AppCallback`. */
export const appMethods: Readonly<Record<string, MethodOf>> = {
  OnInvoke: { request: `${common}.InvokeRequest`, answer: `${common}.InvokeResponse` },
  ListTopicSubscriptions: { request: empty, answer: `${runtime}.ListTopicSubscriptionsResponse` },
  OnTopicEvent: own('TopicEventRequest', 'TopicEventResponse'),
  ListInputBindings: { request: empty, answer: `${runtime}.ListInputBindingsResponse` },
  OnBindingEvent: own('BindingEventRequest', 'BindingEventResponse'),
};
