import { daprCaller, type CallDapr } from '../dapr/call-dapr.ts';
import { FunctionState } from '../dapr/function-state.ts';
import { sendOutput } from '../dapr/send-output.ts';
import type { FunctionEvent } from '../events/function-event.ts';
import type { Hooks } from '../hooks/run-hooks.ts';
import type { Plugin } from '../hooks/plugin.ts';
import type { FunctionRequest } from '../request.ts';
import type { FunctionResponse } from '../response.ts';
import type { ContextDocument } from './context-document.ts';

/** What is the same for every call of a function. */
export interface ContextSource {
  document?: ContextDocument;
  hooks?: Hooks;
  /** How its Dapr runtime is called; where the environment says by default. */
  dapr?: CallDapr;
}

// One for the process: its connections are kept, and the environment has been set by the time of the first call.
let ownDapr: CallDapr | undefined;

/**
 * What one call of an openfunction function gets; made anew for every request and never shared.
 *
 * @example
 * openfunction('greet', async (ctx, data) => ({ hello: data, by: ctx.name }));
 */
export class FunctionContext {
  readonly req: FunctionRequest;
  readonly res: FunctionResponse;
  /** The message that it was called with; undefined for a call by HTTP. */
  readonly event: FunctionEvent | undefined;
  /** For what hooks and the function tell each other. */
  readonly locals: Record<string, unknown> = {};
  /** What the function threw, for its post hooks. */
  error: unknown = undefined;
  readonly #source: ContextSource;

  constructor(req: FunctionRequest, res: FunctionResponse, source: ContextSource = {}, event?: FunctionEvent) {
    this.req = req;
    this.res = res;
    this.event = event;
    this.#source = source;
  }

  /** The function's name as the platform knows it; empty where no context document says it. */
  get name(): string {
    return this.#source.document?.name ?? '';
  }

  get version(): string {
    return this.#source.document?.version ?? '';
  }

  get inputs(): ContextDocument['inputs'] {
    return this.#source.document?.inputs ?? {};
  }

  get outputs(): ContextDocument['outputs'] {
    return this.#source.document?.outputs ?? {};
  }

  get states(): ContextDocument['states'] {
    return this.#source.document?.states ?? {};
  }

  /** Aborts when the caller is gone or the function's time is over. */
  get signal(): AbortSignal {
    return this.req.signal;
  }

  getPlugin(name: string): Plugin | undefined {
    return this.#source.hooks?.plugins[name];
  }

  /**
   * Sends to the output of this name, or to all outputs; resolves when the Dapr runtime has taken it. Rejects with a
   * FunctionError (OutputNotFound, OutputFailed, DaprUnreachable) otherwise. What the binding of a named output answers is the result.
   */
  async send(data: unknown, output?: string): Promise<unknown> {
    return sendOutput(data, output, { call: this.#dapr(), outputs: this.outputs, signal: this.signal });
  }

  /** The function's state stores, through its Dapr runtime. */
  get state(): FunctionState {
    return new FunctionState({ call: this.#dapr(), stores: this.states, signal: this.signal });
  }

  #dapr(): CallDapr {
    return this.#source.dapr ?? (ownDapr ??= daprCaller(process.env));
  }
}
