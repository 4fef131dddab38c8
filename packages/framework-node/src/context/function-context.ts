import { FunctionError } from '../function-error.ts';
import type { Hooks } from '../hooks/run-hooks.ts';
import type { Plugin } from '../hooks/plugin.ts';
import type { FunctionRequest } from '../request.ts';
import type { FunctionResponse } from '../response.ts';
import type { ContextDocument } from './context-document.ts';

/** What is the same for every call of a function. */
export interface ContextSource {
  document?: ContextDocument;
  hooks?: Hooks;
}

/**
 * What one call of an openfunction function gets; made anew for every request and never shared.
 *
 * @example
 * openfunction('greet', async (ctx, data) => ({ hello: data, by: ctx.name }));
 */
export class FunctionContext {
  readonly req: FunctionRequest;
  readonly res: FunctionResponse;
  /** For what hooks and the function tell each other. */
  readonly locals: Record<string, unknown> = {};
  /** What the function threw, for its post hooks. */
  error: unknown = undefined;
  readonly #source: ContextSource;

  constructor(req: FunctionRequest, res: FunctionResponse, source: ContextSource = {}) {
    this.req = req;
    this.res = res;
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

  /** Always refused with OutputsNotSupported: outputs need the Dapr runtime, which is not served yet. */
  async send(_data: unknown, output?: string): Promise<never> {
    throw new FunctionError(
      'OutputsNotSupported',
      501,
      `ctx.send${output ? ` to "${output}"` : ''} failed: outputs are not served here yet. Return the value as the answer instead.`,
    );
  }

  /** Always refused with StateNotSupported: state needs the Dapr runtime, which is not served yet. */
  get state(): Readonly<Record<'save' | 'get' | 'getBulk' | 'delete' | 'transaction' | 'query', (...args: unknown[]) => Promise<never>>> {
    return { save: noState, get: noState, getBulk: noState, delete: noState, transaction: noState, query: noState };
  }
}

async function noState(): Promise<never> {
  throw new FunctionError('StateNotSupported', 501, 'ctx.state failed: state stores are not served here yet. Call a database of your own.');
}
