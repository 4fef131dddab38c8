import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { functionKind } from '@openfunction/resources/nouns';
import { CommandError } from '../command-error.ts';
import type { Command, CommandContext } from '../command.ts';
import { externalUrl } from '../connect/external-url.ts';
import { exitCodes } from '../exit-codes.ts';
import { millisecondsOf } from '../milliseconds-of.ts';
import { onPlatform } from '../on-platform.ts';
import { oneName } from '../one-name.ts';
import { isTerminal } from '../show/progress-line.ts';
import { UsageError } from '../usage-error.ts';
import { eventMode, eventRequest, isJson, type EventOptions, type EventRequest } from './cloud-event.ts';
import { notCallable } from './not-callable.ts';
import { bodyOf, headersOf, methodOf, urlBelow } from './request-of.ts';
import { send } from './send.ts';

const newline = 0x0a;

export const run: Command['run'] = onPlatform({
  options: {
    data: { type: 'string', short: 'd' },
    method: { type: 'string', short: 'X' },
    header: { type: 'string', short: 'H', multiple: true, default: [] },
    path: { type: 'string', default: '/' },
    event: { type: 'string' },
    'event-source': { type: 'string' },
    'event-id': { type: 'string' },
    'event-subject': { type: 'string' },
    'event-attribute': { type: 'string', multiple: true },
    'event-mode': { type: 'string' },
    timeout: { type: 'string', default: '60' },
  },
  asks: ({ values, positionals }) => ({
    values,
    name: oneName(positionals),
    timeout: AbortSignal.timeout(millisecondsOf(values.timeout)),
    method: methodOf(values.method, values.data !== undefined || values.event !== undefined),
    headers: headersOf(values.header),
    event: eventOf(values),
  }),
  async run({ values, name, timeout, method, headers, event }, platform, context) {
    const fn = await platform.client.need(functionKind, { namespace: platform.namespace, name }, { signal: context.signal });
    const own = externalUrl(fn);
    if (own === undefined) throw notCallable(fn);
    const url = urlBelow(own, values.path);
    const request = requestOf(event, headers, await bodyOf(values.data, context));
    const to = await platform.ground.gateway(context.signal);
    const started = performance.now();
    try {
      const answer = await send({ to, url, method, ...request, signal: AbortSignal.any([context.signal, timeout]) });
      await print(answer, context);
      const said = `${answer.statusCode} ${answer.statusMessage}`;
      if (values.verbose) context.stderr.write(`${said} from ${url.href} in ${(performance.now() - started).toFixed(1)} ms\n`);
      if (said.startsWith('2')) return exitCodes.done;
      throw failed('CallFailed', name, `answered ${said}`);
    } catch (error) {
      if (timeout.aborted && !context.signal.aborted) throw failed('CallTimeout', name, `did not answer within ${values.timeout} s`);
      throw error;
    }
  },
});

interface EventValues {
  event?: string;
  'event-source'?: string;
  'event-id'?: string;
  'event-subject'?: string;
  'event-attribute'?: string[];
  'event-mode'?: string;
}

function eventOf(values: EventValues): EventOptions | undefined {
  const { event, ...rest } = values;
  const [more] = Object.keys(rest).filter((name) => name.startsWith('event-'));
  if (event === undefined) {
    if (more !== undefined) throw new UsageError(`--${more} belongs to a CloudEvent: say its type with --event.`);
    return undefined;
  }
  return {
    type: event,
    source: values['event-source'] ?? '/ofn',
    id: values['event-id'],
    subject: values['event-subject'],
    attributes: values['event-attribute'] ?? [],
    mode: eventMode(values['event-mode'] ?? 'binary'),
  };
}

/** What is given by hand wins over what follows from the body. */
function requestOf(event: EventOptions | undefined, headers: Record<string, string[]>, data: Uint8Array | undefined): EventRequest {
  if (event === undefined) {
    const type: Record<string, string[]> = data !== undefined && isJson(data) ? { 'content-type': ['application/json'] } : {};
    return { headers: { ...type, ...headers }, body: data };
  }
  const { 'content-type': contentType, ...others } = headers;
  const request = eventRequest(event, { data, contentType: contentType?.[0] });
  return { headers: { ...request.headers, ...others }, body: request.body };
}

async function print(answer: IncomingMessage, { stdout }: CommandContext): Promise<void> {
  let last: number | undefined;
  answer.on('data', (chunk: Buffer) => (last = chunk.at(-1)));
  await pipeline(answer, stdout, { end: false });
  if (isTerminal(stdout) && last !== newline) stdout.write('\n');
}

/** How a call can fail that reached the gateway. */
export type InvokeErrorCode = 'CallFailed' | 'CallTimeout';

function failed(code: InvokeErrorCode, name: string, how: string): CommandError {
  const hint = `"ofn logs ${name}" has what it wrote, "ofn describe ${name}" what is wrong with it.`;
  return new CommandError(code, `"${name}" ${how}.`, { exitCode: exitCodes.callFailed, hint });
}
