// `npm run demo`: OpenFunction on this machine with every sample deployed and called; stays until Ctrl-C, or with --once ends after the calls.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

interface FunctionObject {
  metadata: { name: string; namespace: string; annotations?: Record<string, string> };
  spec: { build?: { env?: Record<string, string> } };
  status?: { addresses?: { type: string; value: string }[] };
}

interface Sent {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
}

interface Row {
  name: string;
  url: string;
  cold: string;
  warm: string;
  failure?: string;
}

const root = path.resolve(import.meta.dirname, '..');
const samples = path.join(root, 'samples');
const ofn = path.join(root, 'apps/cli/dist/main.js');
/** The sample that calls another one. */
const caller = 'aggregate';
const usualPort = 8080;
const warmRequests = 25;
const isOnce = process.argv.includes('--once');

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());

const data = mkdtempSync(path.join(tmpdir(), 'ofn-demo-'));
const names = readdirSync(samples, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
let failures = 1;
const platform = await start();
try {
  say(`building and deploying ${names.length} functions`);
  const deployed = await Promise.all(names.map((name) => run('deploy', path.join(samples, name), '--no-check')));
  for (const { code, said } of deployed) if (code !== 0) say(said);
  const rows: Row[] = [];
  // Last the one that calls another: that one's first call would otherwise not be this one.
  for (const name of names.toSorted((one, other) => Number(one === caller) - Number(other === caller))) rows.push(await callFunction(name));
  console.log(table(rows));
  failures = rows.filter(({ failure }) => failure !== undefined).length;
  if (!isOnce && !interrupted.signal.aborted) {
    console.log(hints(rows));
    await Promise.race([aborted(interrupted.signal), platform.ended]);
  }
} catch (error) {
  if (!interrupted.signal.aborted) say(error instanceof Error ? error.message : String(error));
} finally {
  await platform.end();
  rmSync(data, { recursive: true, force: true });
}
process.exitCode = failures === 0 ? 0 : 1;

async function start(): Promise<{ ended: Promise<void>; end(): Promise<void> }> {
  say('starting OpenFunction on this machine');
  const port = (await isFree(usualPort)) ? usualPort : 0;
  // A process group of its own: Ctrl-C is heard here, and passed on once.
  const child = spawn(process.execPath, [ofn, 'up', '--data', data, '--port', String(port), '--pool-size', String(names.length)], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text).includes('OpenFunction is up') && resolve());
    child.once('exit', () => reject(new Error('OpenFunction did not start; what it said is above.')));
    child.once('error', reject);
  }).catch((error: unknown) => {
    rmSync(data, { recursive: true, force: true });
    throw error;
  });
  return {
    ended,
    async end() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function callFunction(name: string): Promise<Row> {
  const shown = await run('get', 'fn', name, '-o', 'json');
  if (shown.code !== 0) return { name, url: '', cold: '', warm: '', failure: shown.said };
  const fn = JSON.parse(shown.said) as FunctionObject;
  const url = new URL(fn.status?.addresses?.find(({ type }) => type === 'External')?.value ?? `http://${name}.invalid`);
  const sent = requestOf(fn);
  const row: Row = { name, url: new URL(sent.path, url).href, cold: '', warm: '' };
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const cold = await timed(url, sent, agent);
    const warm: number[] = [];
    for (let count = 0; count < warmRequests; count += 1) warm.push(await timed(url, sent, agent));
    const median = warm.toSorted((one, other) => one - other)[warmRequests >> 1] ?? 0;
    return { ...row, cold: cold.toFixed(1), warm: median.toFixed(2) };
  } catch (error) {
    return { ...row, failure: error instanceof Error ? error.message : String(error) };
  } finally {
    agent.destroy();
  }
}

function requestOf({ metadata, spec }: FunctionObject): Sent {
  if (spec.build?.env?.['FUNC_TYPE'] === 'cloudevent') {
    const event = { 'ce-id': '1', 'ce-source': '/demo', 'ce-type': 'demo.called', 'ce-specversion': '1.0' };
    return { method: 'POST', path: '/', headers: { ...event, 'content-type': 'application/json' }, body: '{"from":"demo"}' };
  }
  const [method = 'GET', at = '/'] = (metadata.annotations?.['openfunction.io/example-request'] ?? 'GET /').split(' ');
  return { method, path: at, headers: {} };
}

/** Milliseconds from sending to the last byte; throws for any answer that is not 2xx. */
function timed(url: URL, { method, path: at, headers, body }: Sent, agent: Agent): Promise<number> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    // The name is a header only, so that no resolver has to know it.
    const sent = request(
      { host: '127.0.0.1', port: url.port || 80, method, path: at, agent, headers: { ...headers, host: url.host } },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (more: string) => (text += more));
        answer.on('error', reject);
        answer.on('end', () => {
          const { statusCode = 0 } = answer;
          if (statusCode >= 200 && statusCode < 300) resolve(performance.now() - began);
          else reject(new Error(`answered ${statusCode}: ${text.trim()}`));
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

function table(rows: Row[]): string {
  const head = { name: 'FUNCTION', url: 'URL', cold: 'COLD MS', warm: 'WARM MS' };
  const width = (column: keyof typeof head): number => Math.max(...[head, ...rows].map((row) => row[column].length));
  const lines = [head, ...rows].map((row: Row) => {
    const figures = row.failure === undefined ? `${row.cold.padStart(width('cold'))}  ${row.warm.padStart(width('warm'))}` : row.failure;
    return `${row.name.padEnd(width('name'))}  ${row.url.padEnd(width('url'))}  ${figures}`;
  });
  return `\n${lines.join('\n')}\n`;
}

function hints(rows: Row[]): string {
  const [first] = rows.filter(({ failure }) => failure === undefined);
  return `Try next, in another terminal:
  alias ofn='${process.execPath} ${ofn}'
  export KUBECONFIG=${path.join(data, 'kubeconfig')}
  curl ${first?.url ?? ''}
  ofn invoke hello-world --path '/?name=you'
  ofn logs events
  ofn describe hello-world
  kubectl get functions,pods        # if you have kubectl
  ofn deploy samples/hello-world    # after a change to its source

Ctrl-C ends it and removes what it made.`;
}

function run(...args: string[]): Promise<{ code: number; said: string }> {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], KUBECONFIG: path.join(data, 'kubeconfig') };
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [ofn, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'], signal: interrupted.signal });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', (error) => resolve({ code: 1, said: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, said: code === 0 ? stdout : stderr }));
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port }, () => server.close(() => resolve(true)));
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })));
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
