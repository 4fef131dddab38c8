import type { MessagingError } from './messaging-error.ts';

/** A component as the function's manifest declares it, with the values of Secrets in their places. */
export interface AppComponent {
  name: string;
  /** Dapr's type, such as `pubsub.kafka`. */
  type: string;
  version?: string;
  metadata: readonly { name: string; value: string }[];
  /** Go on without it when it cannot be opened. */
  ignoreErrors?: boolean;
  /** As Dapr writes durations; 5 seconds by default. */
  initTimeout?: string;
}

export interface AppTopic {
  /** Name of a pub/sub component. */
  component: string;
  topic: string;
  /** Path at which the function takes it; an image that lists its topics says that itself. */
  route: string;
}

/** An image that speaks Dapr's wire by itself. It is asked where it takes its topics, when the first message of one is there and it is to run anyway. */
export interface AppImage {
  /** Its Serving: NAMESPACE/NAME. What was asked holds for this one alone. */
  serving: string;
  protocol: 'http' | 'grpc';
}

/** One function, as whoever brings it its messages knows it. */
export interface MessageApp {
  /** As Dapr's app id: `NAME-NAMESPACE`. */
  id: string;
  namespace: string;
  /** The name inside the platform that it is called by. */
  authority: string;
  /** What it shows to the API of its building blocks. */
  apiToken: string;
  /** What is shown to it with each message. */
  appToken: string;
  components: readonly AppComponent[];
  topics: readonly AppTopic[];
  /** Components whose events come to it, at `POST /NAME`. */
  inputs: readonly string[];
  /** Messages of one source that are under way at one time. */
  maxInFlight: number;
  /** How long one may take before it counts as not handled. */
  timeoutMs: number;
  /** Somebody else's image, where it is no function module. */
  image?: AppImage;
  /** False: it may use its components, and nothing is brought to it from here, because another replica does. */
  delivers: boolean;
}

/** What an app listens to, once that is open. */
export interface Source {
  /** `COMPONENT`, or `COMPONENT/TOPIC`. */
  name: string;
  /** Messages that wait for this app; absent where the source cannot tell. */
  backlog?(signal: AbortSignal): Promise<number>;
  /** Nothing further is brought; what is under way ends. */
  pause(): void;
  resume(): void;
}

export interface OpenApp {
  /** Those that are open now. */
  sources(): readonly Source[];
  /** Takes nothing further, and waits for what is under way; once `signal` aborts, that goes back to its source. */
  close(signal?: AbortSignal): Promise<void>;
}

/**
 * Brings functions what their sources send, and serves them the API of the building blocks. A message is taken from its source
 * after the function has answered, never before; how it is brought is Dapr's wire, whichever driver brings it.
 */
export interface MessageBus {
  /**
   * Opens the components of an app, then its sources in the background: one that cannot be had is tried again and told.
   * Rejects with {@link MessagingError} when a component cannot be opened.
   */
  open(app: MessageApp, told: SourceTroubles): Promise<OpenApp>;
}

/** Hears of each source that cannot be had, and, with `undefined`, that it is open: once it is, and again after a trouble. */
export type SourceTroubles = (source: string, trouble: MessagingError | undefined) => void;
