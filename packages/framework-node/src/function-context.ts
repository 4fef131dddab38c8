import { FunctionError } from './function-error.ts';
import type { FunctionRequest } from './request.ts';
import type { FunctionResponse } from './response.ts';

/** What one call of an openfunction function gets; made anew for every request. */
export class FunctionContext {
  readonly req: FunctionRequest;
  readonly res: FunctionResponse;
  readonly locals: Record<string, unknown> = {};

  constructor(req: FunctionRequest, res: FunctionResponse) {
    this.req = req;
    this.res = res;
  }

  /** Always refused: outputs need the Dapr runtime, which is not served yet. */
  async send(_data: unknown, output?: string): Promise<never> {
    throw new FunctionError(
      'OutputsNotSupported',
      500,
      `ctx.send${output ? ` to "${output}"` : ''} failed: outputs are not served here yet. Return the value as the answer instead.`,
    );
  }
}
