import { MessagingError, type AppTokens, type AppTopic, type MessageApp } from '@openfunction/messaging';
import {
  appIdOf,
  appProtocolOf,
  functionLabel,
  keyOf,
  keyText,
  messagePath,
  requestLimits,
  servingDefaults,
  usesMessaging,
  type Serving,
} from '@openfunction/resources';
import { componentsOf, type SecretValue } from './component-of.ts';

export interface AppInput {
  /** The Serving that has the traffic. */
  serving: Serving;
  tokens: AppTokens;
  secret: SecretValue;
  clusterDomain: string;
  delivers: boolean;
  /** Its image is no function module. */
  isImage: boolean;
}

type Trigger = NonNullable<NonNullable<Serving['spec']['triggers']>['dapr']>[number];

const defaultConcurrency = 100;
const mostInFlight = 1000;
const defaultRequestMs = 300_000;
/** What a message may wait for an instance, beside the time that its handling may take. */
const waitMs = 60_000;

const nothing: Serving['spec'] = { image: '' };

/** What a Serving is to its message bus. Throws MessagingError for what cannot be meant. */
export function planApp({ serving, tokens, secret, clusterDomain, delivers, isImage }: AppInput): MessageApp {
  const { metadata, spec } = serving;
  const name = metadata.labels?.[functionLabel] ?? metadata.name;
  const { namespace = '' } = metadata;
  // It may be here for what it is scaled on alone, and keep everything else away.
  const named = usesMessaging(spec) ? spec : nothing;
  const triggers = named.triggers?.dapr ?? [];
  const { containerConcurrency, requestTimeoutMs = defaultRequestMs } = requestLimits({ serving: spec, annotations: metadata.annotations });
  const { maxReplicas } = servingDefaults(spec, metadata.annotations);
  // 0 is as many as come, to the gateway; here something has to bound what is taken from a source.
  const concurrency = containerConcurrency || defaultConcurrency;
  return {
    id: appIdOf({ name, namespace }),
    namespace,
    authority: `${name}.${namespace}.svc.${clusterDomain}`.toLowerCase(),
    apiToken: tokens.api,
    appToken: tokens.app,
    components: componentsOf(named, secret),
    topics: triggers.flatMap((trigger) => topicOf(spec, trigger)),
    inputs: triggers.filter((trigger) => blockOf(spec, trigger) === 'bindings').map(({ name: component }) => component),
    maxInFlight: Math.min(mostInFlight, concurrency * (maxReplicas === 0 ? mostInFlight : maxReplicas)),
    timeoutMs: requestTimeoutMs + waitMs,
    ...(isImage ? { image: { serving: keyText(keyOf(serving)), protocol: appProtocolOf(spec) } } : {}),
    delivers,
  };
}

function topicOf(spec: Serving['spec'], trigger: Trigger): AppTopic[] {
  if (blockOf(spec, trigger) !== 'pubsub') return [];
  const { name: component, topic } = trigger;
  if (topic === undefined)
    throw new MessagingError('ComponentInvalid', `The trigger "${component}" subscribes to no topic. Set "topic" in triggers.dapr.`);
  return [{ component, topic, route: messagePath({ component, topic }) }];
}

function blockOf(spec: Serving['spec'], { name }: Trigger): 'bindings' | 'pubsub' {
  if (spec.bindings?.[name] !== undefined) return 'bindings';
  if (spec.pubsub?.[name] !== undefined) return 'pubsub';
  throw new MessagingError(
    'ComponentNotFound',
    `The trigger "${name}" cannot be had: it names no component of the Function, and one beside it is not looked up yet. Declare it in serving.bindings or serving.pubsub.`,
  );
}
