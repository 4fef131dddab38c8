import type { ComponentDocument } from './component-document.ts';
import { optional, parseMetadata, type Field, type Fields } from './metadata/fields.ts';
import { commaList, flag, nonEmpty, text } from './metadata/parsers.ts';

/** What Dapr's runtime reads of a component's metadata itself. */
export interface RuntimeSettings {
  /** State: `appid`, `name`, `namespace`, `none`, or a prefix of one's own. */
  keyPrefix?: string;
  actorStateStore?: boolean;
  outboxPublishPubsub?: string;
  outboxPublishTopic?: string;
  outboxPubsub?: string;
  outboxDiscardWhenMissingState?: boolean;
  /** Brokers: `app1=topic1,topic2;app2=`. */
  publishingScopes?: string;
  subscriptionScopes?: string;
  /** Brokers: the only topics that there are; and those that only apps of the scopes may use. */
  allowedTopics?: string[];
  protectedTopics?: string[];
  /** Bindings: the path on the app, instead of the component's name. */
  route?: string;
  /** Bindings: `input`, `output` or both, separated by a comma. */
  direction?: string;
}

const byBlock: Record<string, { [Name in keyof RuntimeSettings]: Field<RuntimeSettings[Name]> }> = {
  state: {
    keyPrefix: optional(text),
    actorStateStore: optional(flag),
    outboxPublishPubsub: optional(nonEmpty),
    outboxPublishTopic: optional(nonEmpty),
    outboxPubsub: optional(nonEmpty),
    outboxDiscardWhenMissingState: optional(flag),
  },
  pubsub: {
    publishingScopes: optional(text),
    subscriptionScopes: optional(text),
    allowedTopics: optional(commaList),
    protectedTopics: optional(commaList),
  },
  lock: { keyPrefix: optional(text) },
  bindings: { route: optional(nonEmpty), direction: optional(text) },
};

/** Takes out of the metadata what Dapr's runtime reads itself, whatever the type. */
export function takeRuntimeSettings(document: ComponentDocument, metadata: Map<string, string>): RuntimeSettings {
  const fields = byBlock[document.type.slice(0, document.type.indexOf('.'))] ?? {};
  const names = new Set(Object.keys(fields).map((name) => name.toLowerCase()));
  const taken = new Map<string, string>();
  for (const [name, value] of metadata) {
    if (!names.has(name.toLowerCase())) continue;
    taken.set(name, value);
    metadata.delete(name);
  }
  return parseMetadata(fields as Fields, taken, `Component "${document.name}"`).settings;
}
