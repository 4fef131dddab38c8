import type { ContextComponent } from '../context/context-document.ts';
import { FunctionError } from '../function-error.ts';
import type { CallDapr } from './call-dapr.ts';

export interface SendOutput {
  call: CallDapr;
  outputs: Readonly<Record<string, ContextComponent>>;
  signal?: AbortSignal;
}

/**
 * Sends to one output, or to all of them: publishes where it is a pubsub component, invokes the binding otherwise. Resolves
 * when the runtime has taken it; rejects when one of them did not. Answers with what the binding of the one output answered.
 */
export async function sendOutput(data: unknown, output: string | undefined, given: SendOutput): Promise<unknown> {
  const { outputs } = given;
  if (output !== undefined) return sendTo(output, data, given);
  if (Object.keys(outputs).length === 0) throw notFound(undefined, outputs);
  const results = await Promise.allSettled(Object.keys(outputs).map((name) => sendTo(name, data, given)));
  const failed = results.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return undefined;
}

async function sendTo(name: string, data: unknown, { call, outputs, signal }: SendOutput): Promise<unknown> {
  if (!Object.hasOwn(outputs, name)) throw notFound(name, outputs);
  const { componentName = name, componentType = '', topic, operation, metadata = {} } = outputs[name] ?? {};
  const what = `Sending to "${name}"`;
  if (componentType.startsWith('pubsub')) {
    if (!topic) throw new FunctionError('OutputFailed', 500, `${what} failed: it names no topic. Give the output one in the Function.`);
    const { body, type } = encoded(data);
    const query = new URLSearchParams(
      Object.entries(metadata).map(([key, value]): [string, string] => [`metadata.${key}`, value]),
    ).toString();
    const path = `/v1.0/publish/${encodeURIComponent(componentName)}/${encodeURIComponent(topic)}${query && `?${query}`}`;
    await call({ method: 'POST', path, body, headers: { 'content-type': type }, signal, what, code: 'OutputFailed' });
    return undefined;
  }
  const body = JSON.stringify({ data: bindingData(data), operation: operation || 'create', metadata });
  const path = `/v1.0/bindings/${encodeURIComponent(componentName)}`;
  const headers = { 'content-type': 'application/json' };
  const answer = await call({ method: 'POST', path, body, headers, signal, what, code: 'OutputFailed' });
  return answer.body.length === 0 ? undefined : decoded(answer.body);
}

function encoded(data: unknown): { body: string | Uint8Array; type: string } {
  if (data instanceof Uint8Array) return { body: data, type: 'application/octet-stream' };
  if (typeof data === 'string') return { body: data, type: 'text/plain' };
  return { body: JSON.stringify(data ?? null), type: 'application/json' };
}

/** The API of bindings is JSON; bytes go as text where they are text, else as base64. */
function bindingData(data: unknown): unknown {
  if (!(data instanceof Uint8Array)) return data;
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const text = bytes.toString();
  return Buffer.from(text).equals(bytes) ? text : bytes.toString('base64');
}

function decoded(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return body.toString();
  }
}

function notFound(name: string | undefined, outputs: Readonly<Record<string, unknown>>): FunctionError {
  const known = Object.keys(outputs).map((one) => `"${one}"`);
  const has = known.length === 0 ? 'the function has no outputs' : `the function has ${known.join(', ')}`;
  return new FunctionError(
    'OutputNotFound',
    500,
    `ctx.send${name === undefined ? '' : ` to "${name}"`} failed: ${has}. Name one of serving.outputs in the Function.`,
  );
}
