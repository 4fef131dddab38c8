import type { BindingRequest, BindingResponse } from '@openfunction/components';
import type { AppComponents } from '../app/app-components.ts';
import { ApiError } from './api-error.ts';
import { componentFailure } from './component-failure.ts';

export interface BindingApi {
  invoke(name: string, request: BindingRequest, signal?: AbortSignal): Promise<BindingResponse>;
}

export function bindingApi(components: AppComponents): BindingApi {
  return {
    invoke: async (name, request, signal) => {
      const output = components.find('bindings', name)?.component.output;
      if (output === undefined)
        throw new ApiError(
          'ERR_INVOKE_OUTPUT_BINDING',
          `This app has no output binding "${name}". Check the name, and type and scopes of the Component.`,
        );
      if (!output.operations.includes(request.operation)) {
        const text = `Output binding "${name}" cannot do "${request.operation}". Use one of: ${output.operations.join(', ')}.`;
        throw new ApiError('ERR_INVOKE_OUTPUT_BINDING', text);
      }
      try {
        return await output.invoke(request, signal);
      } catch (error) {
        // Dapr answers every failure of a binding with this status.
        throw new ApiError('ERR_INVOKE_OUTPUT_BINDING', componentFailure('ERR_INVOKE_OUTPUT_BINDING', error).message, { cause: error });
      }
    },
  };
}
