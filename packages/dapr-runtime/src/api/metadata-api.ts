import type { OpenedComponent } from '@openfunction/components';
import type { AppHealthCheck } from '../health/app-health.ts';
import type { TopicSubscription } from '../subscriptions/subscription.ts';
import { ApiError } from './api-error.ts';

export interface MetadataOf {
  appId: string;
  components: readonly OpenedComponent[];
  subscriptions: readonly TopicSubscription[];
  channel?: { port: number; protocol: string; address: string; maxConcurrency: number; health?: AppHealthCheck };
}

export interface MetadataApi {
  get(): Record<string, unknown>;
  set(attribute: string, value: string): void;
  readonly extended: ReadonlyMap<string, string>;
}

const mostAttributes = 100;
const longestValue = 16 * 1024;
/** Whose API this is. */
export const runtimeVersion = '1.16.0-openfunction';

export function metadataApi(current: () => MetadataOf): MetadataApi {
  const extended = new Map([['daprRuntimeVersion', runtimeVersion]]);
  return {
    extended,
    get: () => {
      const { appId, components, subscriptions, channel } = current();
      return {
        id: appId,
        runtimeVersion,
        enabledFeatures: [],
        components: components.map(describe),
        extended: Object.fromEntries(extended),
        subscriptions: subscriptions.map(describeSubscription),
        ...(channel === undefined
          ? {}
          : {
              appConnectionProperties: {
                port: channel.port,
                protocol: channel.protocol,
                channelAddress: channel.address,
                maxConcurrency: channel.maxConcurrency,
                ...(channel.health === undefined ? {} : { health: describeHealth(channel.health) }),
              },
            }),
        actorRuntime: { runtimeStatus: 'DISABLED', hostReady: false, placement: '' },
      };
    },
    set: (attribute, value) => {
      if (value.length > longestValue || (!extended.has(attribute) && extended.size >= mostAttributes))
        throw new ApiError(
          'ERR_BAD_REQUEST',
          `An app may set ${mostAttributes} attributes of at most ${longestValue} characters. Set fewer or shorter ones.`,
        );
      extended.set(attribute, value);
    },
  };
}

/** In Dapr's words, with durations as Go writes them. */
function describeHealth({ path, intervalMs, timeoutMs, threshold }: AppHealthCheck): Record<string, unknown> {
  const [healthProbeInterval, healthProbeTimeout] = [`${intervalMs / 1000}s`, `${timeoutMs}ms`];
  return { healthCheckPath: path, healthProbeInterval, healthProbeTimeout, healthThreshold: threshold };
}

function describe(opened: OpenedComponent): Record<string, unknown> {
  const { name, type, version } = opened.document;
  return { name, type, version, capabilities: capabilitiesOf(opened) };
}

export function capabilitiesOf({ block, component }: OpenedComponent): string[] {
  if (block === 'state' || block === 'pubsub') return [...component.features];
  if (block !== 'bindings') return [];
  return [...(component.input === undefined ? [] : ['INPUT_BINDING']), ...(component.output === undefined ? [] : ['OUTPUT_BINDING'])];
}

function describeSubscription({ pubsub, topic, routes, deadLetterTopic, metadata, type }: TopicSubscription): Record<string, unknown> {
  return {
    pubsubname: pubsub,
    topic,
    rules: routes.map(({ match, path }) => ({ match: match?.text ?? '', path })),
    deadLetterTopic: deadLetterTopic ?? '',
    metadata,
    type,
  };
}
