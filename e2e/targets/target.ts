/** What a command that ended said. */
export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

export interface CommandOptions {
  stdin?: string;
  /** Milliseconds until the command is ended; 120,000 by default. */
  timeoutMs?: number;
}

export interface LockedRegistry {
  readonly host: string;
  readonly plainHttp: boolean;
  readonly credentials: { readonly username: string; readonly password: string };
}

/** All that a scenario sees of the platform: URLs, `ofn` and `kubectl`. */
export interface Target {
  ofn(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  kubectl(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Where the gateway's public listener is reached. */
  readonly gateway: { readonly host: string; readonly port: number };
  /** An address of this machine by which builds and instances reach what a scenario serves. */
  readonly serverHost: string;
  /** Suffix of the external host names of functions. */
  readonly domain: string;
  /** What stands before `/name:tag` in the image references of functions. */
  readonly imagePrefix: string;
  /** A registry that scenarios push images to, and that the platform pulls from. */
  readonly registry: { readonly host: string; readonly plainHttp: boolean };
  /** Another one, which asks for a password; undefined where the ground cannot pull from one of the tests' own. */
  readonly lockedRegistry?: LockedRegistry;
  /** Namespaces that functions may run in; `default` is the first. */
  readonly namespaces: readonly string[];
  /** Whether a component may keep what it has in a file of the machine, at the same path wherever it is served. */
  readonly keepsFiles: boolean;
  /** The parts of the platform that can be killed; `gateway` is one of them. */
  readonly parts: readonly string[];
  /** Kills a part at once, as SIGKILL does. Whatever keeps the platform running starts it again. */
  kill(part: string): Promise<void>;
  /** Kills one instance of a Function at once. */
  killInstance(namespace: string, name: string): Promise<void>;
  /** Seconds after which new connections succeed again when the only gateway was killed. */
  readonly gatewayBackWithinSeconds: number;
  /** How many claim and release rounds are run unless `--rounds N` says otherwise. */
  readonly rounds: number;
}

/**
 * A ground that scenarios run on. It is brought up once, in one process; scenarios run in others, and reach it by what
 * `start` tells, which is plain data.
 */
export interface TargetDriver<Info> {
  start(): Promise<{ info: Info; close(): Promise<void> }>;
  connect(info: Info): Target;
}
