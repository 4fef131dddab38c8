import type { Result } from './result.ts';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run1 = promisify(execFile);
const cases = [
  { name: 'GET', path: '/small', lua: '', must: 0.75 },
  { name: 'POST 1 KB', path: '/small', lua: 'wrk.method="POST"; wrk.body=string.rep("x",1024)', must: 0.75 },
  {
    name: 'POST chunked',
    path: '/small',
    lua: 'function request() return "POST /small HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n400\\r\\n"..string.rep("x",1024).."\\r\\n0\\r\\n\\r\\n" end',
    must: 0.75,
  },
  { name: '64 KB response', path: '/big', lua: '', must: 0.75 },
];

/**
 * Requests per CPU-second of our gateway beside nginx, both with the same Unix upstream, 1,000 hosts, a limit, a
 * request id and forwarded headers, and without an access log; medians of interleaved rounds after one to warm up.
 */
export async function run(options: { json: boolean; rounds?: number; seconds?: number }): Promise<Result[]> {
  await needs('nginx', ['-v'], 'nginx-light');
  await needs('wrk', ['-v'], 'wrk');
  const folder = mkdtempSync(join(tmpdir(), 'bench-gateway-'));
  const children: ChildProcess[] = [];
  try {
    const port = await freePort();
    writeFileSync(join(folder, 'big'), Buffer.alloc(65_536, 'x'));
    const nginx = await startNginx({ folder, port, children });
    const ours = spawn(
      process.execPath,
      ['--conditions=@openfunction/source', new URL('gateway/process.ts', import.meta.url).pathname, join(folder, 'up.sock')],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    children.push(ours);
    const [line] = (await once(ours.stdout, 'data')) as [Buffer];
    const targets = [
      { base: line.toString().trim(), pids: [ours.pid!] },
      { base: `http://127.0.0.1:${port}`, pids: nginx },
    ];
    const results: Result[] = [];
    for (const each of cases) {
      const script = join(folder, 'case.lua');
      writeFileSync(script, each.lua);
      const rates: [number[], number[]] = [[], []];
      for (const target of targets) await measure(target, each.path, script, 1);
      for (let round = 0; round < (options.rounds ?? 7); round++) {
        for (const [index, target] of targets.entries()) rates[index]!.push(await measure(target, each.path, script, options.seconds ?? 2));
      }
      const value = median(rates[0]);
      const ratio = value / median(rates[1]);
      results.push({
        name: `gateway ${each.name}`,
        value: Math.round(value),
        unit: 'requests/CPU-s',
        must: `>= ${each.must} x nginx`,
        peer: Math.round(median(rates[1])),
        ratio: Math.round(ratio * 100) / 100,
        ok: ratio >= each.must,
      });
    }
    return results;
  } finally {
    for (const child of children) child.kill('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  }
}

async function needs(program: string, args: string[], debianPackage: string): Promise<void> {
  // wrk says its version with exit code 1: only whether it can be started counts.
  await run1(program, args).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new Error(
        `This benchmark needs ${program}, and it is not on the PATH. Install it, on Debian with: apt-get install ${debianPackage}`,
        { cause: error },
      );
  });
}

async function startNginx({ folder, port, children }: { folder: string; port: number; children: ChildProcess[] }): Promise<number[]> {
  const common = `${process.getuid?.() === 0 ? 'user root; ' : ''}daemon off; pid ${folder}/NAME.pid; error_log ${folder}/NAME.err; worker_processes 1; events { worker_connections 1024; }`;
  const keep = 'access_log off; keepalive_requests 100000000;';
  writeFileSync(
    join(folder, 'up.conf'),
    `${common.replaceAll('NAME', 'up')} http { ${keep} server { listen unix:${folder}/up.sock; location /small { return 200 '{"hello":"world"}'; } location /big { root ${folder}; } } }`,
  );
  const hosts = Array.from({ length: 1000 }, (_, index) => (index === 0 ? '127.0.0.1' : `f${index}.test`)).join(' ');
  // What our gateway does for each request, as far as nginx can: hosts, a limit, ids, forwarded headers, streamed bodies.
  const headers =
    'proxy_set_header Connection ""; proxy_set_header Host $host; proxy_set_header X-Request-Id $request_id; ' +
    'proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto http; proxy_set_header X-Forwarded-Host $host; ' +
    'add_header X-Request-Id $request_id;';
  writeFileSync(
    join(folder, 'proxy.conf'),
    `${common.replaceAll('NAME', 'proxy')} http { ${keep} server_names_hash_max_size 8192; proxy_headers_hash_bucket_size 128; limit_conn_zone $server_name zone=l:1m; upstream u { server unix:${folder}/up.sock; keepalive 128; keepalive_requests 100000000; } server { listen 127.0.0.1:${port}; server_name ${hosts}; location / { limit_conn l 1000; proxy_pass http://u; proxy_http_version 1.1; ${headers} proxy_request_buffering off; } } }`,
  );
  for (const name of ['up', 'proxy'])
    children.push(
      spawn('nginx', ['-c', join(folder, `${name}.conf`), '-e', join(folder, `${name}.err`), '-p', folder], { stdio: 'inherit' }),
    );
  const proxy = children.at(-1)!;
  for (;;) {
    const [worker] = readFileSync(`/proc/${proxy.pid}/task/${proxy.pid}/children`, 'utf8').trim().split(' ');
    if (worker) return [proxy.pid!, Number(worker)];
    await new Promise((done) => setTimeout(done, 20));
  }
}

async function measure({ base, pids }: { base: string; pids: number[] }, path: string, script: string, seconds: number): Promise<number> {
  const before = cpuSeconds(pids);
  const { stdout } = await run1('wrk', ['-t1', '-c64', `-d${seconds}s`, '-s', script, base + path]);
  const used = cpuSeconds(pids) - before;
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`wrk saw errors at ${base}${path}: ${stdout}`);
  return Number(/(\d+) requests in/.exec(stdout)?.[1]) / used;
}

function cpuSeconds(pids: number[]): number {
  let nanoseconds = 0;
  for (const pid of pids)
    for (const task of readdirSync(`/proc/${pid}/task`))
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]);
  return nanoseconds / 1e9;
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
