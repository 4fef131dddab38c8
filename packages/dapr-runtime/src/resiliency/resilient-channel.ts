import type { Invokable } from '../app/app-port.ts';
import type { StreamedRequest, StreamedResponse } from '../channel/app-channel.ts';
import type { PolicyRunner } from './run-with-policy.ts';
import { StatusFailure } from './status-failure.ts';

/** Another app, called by the caller's policy for it. What it answers with no success comes back as it is when no try is left. */
export function resilientChannel(channel: Invokable, runner: PolicyRunner | undefined): Invokable {
  if (runner === undefined) return channel;
  return {
    stream: async ({ body, ...request }, given) => {
      // A body flows by once, so what may be sent again is gathered.
      const kept = body === undefined || runner.policy.retry === undefined ? undefined : await gathered(body);
      let last: StreamedResponse | undefined;
      try {
        return await runner.run(async (signal) => {
          await discard(last);
          last = undefined;
          const response = await attempt(
            channel,
            { ...request, ...(body === undefined ? {} : { body: kept === undefined ? body : only(kept) }) },
            signal,
          );
          if (response.status >= 200 && response.status < 400) return response;
          last = response;
          throw new StatusFailure('http', response.status, `the app answered with status ${response.status}`);
        }, given);
      } catch (error) {
        if (last !== undefined && error instanceof StatusFailure) return last;
        await discard(last);
        throw error instanceof StatusFailure && error.cause instanceof Error ? error.cause : error;
      }
    },
  };
}

async function attempt(channel: Invokable, request: StreamedRequest, signal: AbortSignal): Promise<StreamedResponse> {
  try {
    return await channel.stream(request, signal);
  } catch (error) {
    const code = grpcCodes.indexOf(grpcNameOf(error));
    throw code === -1 ? error : new StatusFailure('grpc', code, error instanceof Error ? error.message : String(error), { cause: error });
  }
}

// In the order of their numbers.
const grpcCodes = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
];

// By its name, since an app that speaks HTTP must not load gRPC.
function grpcNameOf(error: unknown): string {
  return error instanceof Error && error.name === 'RpcError' && 'code' in error ? String(error.code) : '';
}

async function gathered(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* only(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

/** Ends an answer that nobody reads, so that its connection is free. */
async function discard(response: StreamedResponse | undefined): Promise<void> {
  await response?.body[Symbol.asyncIterator]().return?.();
}
