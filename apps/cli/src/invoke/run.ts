import { readFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { ClientError } from '@openfunction/client';
import { functionKind, type OFunction } from '@openfunction/resources';
import type { CommandContext } from '../command.ts';
import { connect } from '../connect/connect.ts';
import { externalUrl } from '../connect/external-url.ts';
import { connectOptions } from '../connect/options.ts';
import { exitCodes } from '../exit-codes.ts';
import { UsageError } from '../usage-error.ts';

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...connectOptions,
      data: { type: 'string', short: 'd' },
      method: { type: 'string', short: 'X' },
      header: { type: 'string', short: 'H', multiple: true, default: [] },
      path: { type: 'string', default: '/' },
      timeout: { type: 'string', default: '60' },
    },
  });
  const [name] = positionals;
  if (name === undefined || positionals.length > 1) throw new UsageError('Name one function.');
  const seconds = Number(values.timeout);
  if (!(seconds > 0 && seconds <= 86_400)) throw new UsageError(`--timeout takes seconds, not "${values.timeout}".`);
  await using platform = await connect(values, context);
  const fn = await platform.client.need(functionKind, { namespace: platform.namespace, name }, { signal: context.signal });
  const url = addressed(fn, values.path);
  const body = await bodyOf(values.data, context);
  const started = performance.now();
  const answer = await send({
    to: await platform.ground.gateway(context.signal),
    url,
    method: values.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: headersOf(values.header),
    body,
    signal: AbortSignal.any([context.signal, AbortSignal.timeout(seconds * 1000)]),
  });
  await pipeline(answer, context.stdout, { end: false });
  if (values.verbose)
    context.stderr.write(
      `${answer.statusCode} ${answer.statusMessage} from ${url.href} in ${(performance.now() - started).toFixed(1)} ms\n`,
    );
  const status = answer.statusCode ?? 0;
  if (status < 400) return exitCodes.done;
  context.stderr.write(`\nerror: "${name}" answered ${status} ${answer.statusMessage}. See what it wrote with "ofn logs ${name}".\n`);
  return exitCodes.callFailed;
}

/** Below the function's own path, which a path-based route has. */
function addressed(fn: OFunction, below: string): URL {
  const own = externalUrl(fn);
  if (own === undefined) {
    throw new ClientError('Unavailable', `Function "${fn.metadata.name}" has no address yet. "ofn describe ${fn.metadata.name}" says why.`);
  }
  const base = own.pathname.replace(/\/$/, '');
  return new URL(`${base}${below.startsWith('/') ? below : `/${below}`}`, own);
}

async function bodyOf(data: string | undefined, { stdin, cwd }: CommandContext): Promise<Uint8Array | undefined> {
  if (data === undefined) return undefined;
  if (!data.startsWith('@')) return Buffer.from(data);
  if (data !== '@-') return readFileSync(path.resolve(cwd, data.slice(1)));
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}

function headersOf(lines: readonly string[]): Record<string, string[]> {
  const headers: Record<string, string[]> = {};
  for (const line of lines) {
    const at = line.indexOf(':');
    if (at < 1) throw new UsageError(`A header is "Name: value", not "${line}".`);
    (headers[line.slice(0, at).trim().toLowerCase()] ??= []).push(line.slice(at + 1).trim());
  }
  return headers;
}

interface Call {
  to: { host: string; port: number };
  url: URL;
  method: string;
  headers: Record<string, string[]>;
  body: Uint8Array | undefined;
  signal: AbortSignal;
}

function send({ to, url, method, headers, body, signal }: Call): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        ...to,
        path: `${url.pathname}${url.search}`,
        method,
        headers: { 'user-agent': 'ofn', ...headers, host: url.host },
        signal,
        agent: false,
      },
      resolve,
    );
    sent.on('error', (cause: NodeJS.ErrnoException) =>
      reject(
        cause.name === 'AbortError'
          ? cause
          : new ClientError('Unreachable', `The gateway at ${to.host}:${to.port} did not answer: ${cause.message}. Is the platform up?`, {
              cause,
            }),
      ),
    );
    sent.end(body);
  });
}
