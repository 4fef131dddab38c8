/** A trigger of the function: an input binding, or a topic of a pubsub component. */
export interface EventSource {
  /** As the function's author knows it. */
  input: string;
  /** The name that the platform made for its component. */
  component: string;
  /** Dapr's, such as `bindings.cron`. */
  type: string;
  /** Of a pubsub component. */
  topic?: string;
}

/** Where the runtime posts the events of a source. Bindings are called at their component's name: Dapr leaves no choice. */
export function pathOf({ component, topic }: EventSource): string {
  return topic === undefined ? `/${encodeURIComponent(component)}` : `/${encodeURIComponent(component)}/${segmentOf(topic)}`;
}

/** A topic as one plain segment of a path: what else is in it is `~` and two hexadecimal digits per byte, for gateways refuse encoded separators. */
function segmentOf(topic: string): string {
  const escaped = (byte: number): string => `~${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  return topic.replaceAll(/[^A-Za-z0-9_-]/gu, (char) => [...Buffer.from(char)].map(escaped).join(''));
}

/** What Dapr is told at `GET /dapr/subscribe`. */
export function subscriptionsOf(sources: readonly EventSource[]): object[] {
  return sources.flatMap((source) =>
    source.topic === undefined ? [] : [{ pubsubname: source.component, topic: source.topic, route: pathOf(source) }],
  );
}
