import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const path = '/usr/local/bin:/usr/bin:/bin';

export interface TestGitServer {
  /** Of the one repository. */
  url: string;
  /** The folder that is served; the repository lies in `repo` below it. */
  root: string;
  /** Runs git in the repository's working copy. */
  git(...args: string[]): Promise<string>;
  /** Writes files, or links (`-> target`), and commits everything. */
  commit(files: Record<string, string>, message?: string): Promise<string>;
  /** Writes a tree whose names git itself would refuse. */
  tree(entries: readonly { mode: string; name: string; oid: string }[]): Promise<string>;
  /** The Authorization headers that came. */
  authorizations: (string | undefined)[];
  close(): Promise<void>;
}

/** A repository served by git's own http-backend at an address of this machine; with a password, only to the user `me`. */
export async function gitServer(options: { host?: string; password?: string } = {}): Promise<TestGitServer> {
  const root = await mkdtemp(join(tmpdir(), 'ofn-git-'));
  const work = join(root, 'repo');
  await mkdir(work);
  const authorizations: (string | undefined)[] = [];
  const git = async (...args: string[]): Promise<string> => {
    const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@test.invalid', '-c', 'protocol.file.allow=always'];
    const env = { PATH: path, HOME: root, GIT_CONFIG_NOSYSTEM: '1' };
    return (await promisify(execFile)('git', [...identity, ...args], { cwd: work, env })).stdout.trim();
  };
  await git('init', '-q', '-b', 'main');
  const expected = options.password === undefined ? undefined : `Basic ${Buffer.from(`me:${options.password}`).toString('base64')}`;
  const server = createServer((request, response) => {
    authorizations.push(request.headers.authorization);
    if (expected !== undefined && request.headers.authorization !== expected)
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
    serve(root, request, response);
  });
  const host = options.host ?? '127.0.0.1';
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}/repo/.git`,
    root,
    git,
    tree: async (entries) => {
      const bytes = entries.map(({ mode, name, oid }) => Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(oid, 'hex')]));
      await writeFile(join(root, 'tree'), Buffer.concat(bytes));
      return git('hash-object', '-w', '--literally', '-t', 'tree', join(root, 'tree'));
    },
    authorizations,
    commit: async (files, message = 'change') => {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(work, name)), { recursive: true });
        if (text.startsWith('-> ')) await symlink(text.slice(3), join(work, name));
        else await writeFile(join(work, name), text);
      }
      await git('add', '-A');
      await git('commit', '-q', '-m', message);
      return git('rev-parse', 'HEAD');
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await rm(root, { recursive: true, force: true });
    },
  };
}

function serve(root: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://git');
  const backend = spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      PATH: path,
      HOME: root,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      REMOTE_ADDR: '127.0.0.1',
    },
  });
  request.pipe(backend.stdin);
  backend.stdin.on('error', () => undefined);
  const chunks: Buffer[] = [];
  backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  backend.on('close', () => {
    const all = Buffer.concat(chunks);
    const end = all.indexOf('\r\n\r\n');
    for (const line of all.subarray(0, end).toString().split('\r\n')) {
      const [name = '', value = ''] = line.split(/: (.*)/);
      if (name === 'Status') response.statusCode = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.end(all.subarray(end + 4));
  });
}
