import { ApiError, type DaprCode } from '../api/api-error.ts';
import type { HttpHandler } from './http-exchange.ts';

function refused(code: DaprCode, what: string): HttpHandler {
  return async () => {
    throw new ApiError(code, `This runtime has no ${what}. Use daprd for functions that need them.`);
  };
}

/** Building blocks that there are not, refused as Dapr does where they are not configured. */
export const refusedBlocks: Readonly<Record<string, HttpHandler>> = {
  actors: refused('ERR_ACTOR_RUNTIME_NOT_FOUND', 'actors'),
  workflows: refused('ERR_WORKFLOW_COMPONENT_NOT_FOUND', 'workflows'),
  jobs: refused('DAPR_SCHEDULER_SCHEDULE_JOB', 'jobs'),
  conversation: refused('ERR_CONVERSATION_NOT_FOUND', 'conversation components'),
  crypto: refused('ERR_CRYPTO_PROVIDERS_NOT_CONFIGURED', 'cryptography providers'),
  subtlecrypto: refused('ERR_CRYPTO_PROVIDERS_NOT_CONFIGURED', 'cryptography providers'),
};
