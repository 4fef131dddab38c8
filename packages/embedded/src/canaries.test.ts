import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { allKinds, functionKind, secretKind, type OFunction, type Secret } from '@openfunction/resources';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createEmbedded, type Embedded } from './create-embedded.ts';

const canary = (of: string): string => `canary-${of}-8c21f7`;
const places = ['env', 'envfrom', 'file', 'username', 'password', 'token', 'sshkey', 'registry', 'userinfo', 'wrong'] as const;
const key = { namespace: 'default' };
const base64 = (text: string): string => Buffer.from(text).toString('base64');

let data: string;
let platform: Embedded;
let server: Server;
const logged: string[] = [];
const asked: (string | undefined)[] = [];

function secret(name: string, values: Record<string, string>, type = 'Opaque'): Secret {
  const encoded = Object.fromEntries(Object.entries(values).map(([each, value]) => [each, base64(value)]));
  return { apiVersion: 'v1', kind: 'Secret', metadata: { ...key, name }, type, data: encoded };
}

function fn(name: string, spec: Partial<OFunction['spec']>): OFunction {
  return {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Function',
    metadata: { ...key, name },
    spec: { image: `registry.local/samples/${name}:v1`, ...spec },
  };
}

function call(name: string): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(platform.address.includes('://') ? platform.address : `http://${platform.address}`);
  return new Promise((resolve, reject) => {
    request({ hostname, port, headers: { host: `${name}.default.localhost` } }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    })
      .on('error', reject)
      .end();
  });
}

beforeAll(async () => {
  data = mkdtempSync(path.join(tmpdir(), 'ofn-c-'));
  // Knows nobody, so that every build fails with what it was given in hand.
  server = createServer((incoming, response) => {
    asked.push(incoming.headers.authorization);
    response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('no');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  platform = await createEmbedded({
    data,
    port: 0,
    domain: 'localhost',
    poolSize: 1,
    api: { port: 0 },
    log: (message, fields) => logged.push(`${message} ${inspect(fields, { depth: 12 })}`),
    searchPath: '/usr/local/bin:/usr/bin:/bin',
    sources: { rules: { addresses: ['127.0.0.1'], folders: [] } },
  });
});
afterAll(async () => {
  await platform?.close();
  server?.close();
  rmSync(data, { recursive: true, force: true });
});

/** What a build leaves goes while it is looked at. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

/** Everything that the platform wrote, by where it wrote it: but for the database that holds the Secrets, and its own keys. */
async function written(): Promise<Map<string, string>> {
  const found = new Map<string, string>([['log', logged.join('\n')]]);
  const kept = new Set(['token', 'tls.key', 'ticket.key', 'kubeconfig']);
  for (const file of readdirSync(data, { recursive: true, withFileTypes: true })) {
    const name = path.relative(data, path.join(file.parentPath, file.name));
    if (file.isFile() && !kept.has(name) && !name.startsWith('state.sqlite')) found.set(name, textOf(path.join(data, name)));
  }
  for (const kind of allKinds.filter((each) => each.kind !== 'Secret')) {
    for (const object of (await platform.store.list(kind)).items) {
      const { name, managedFields: _fields } = { ...object.metadata };
      found.set(`${kind.kind}/${name}`, JSON.stringify(object));
      found.set(`status of ${kind.kind}/${name}`, JSON.stringify({ ...object, spec: undefined }));
    }
  }
  return found;
}

const state = async (name: string): Promise<unknown> => {
  const found = await platform.store.get(functionKind, { ...key, name });
  return found?.status?.build?.state ?? found?.status?.serving?.state;
};

it('lets no secret into a log, a status, an Event or a file', { timeout: 120_000 }, async () => {
  const { store, artifacts } = platform;
  const { port } = server.address() as AddressInfo;
  const login = { username: canary('username'), password: canary('password') };
  const config = { auths: { 'r.test': { auth: base64(`u:${canary('registry')}`) } } };
  await store.create(secretKind, secret('settings', { ENV: canary('env'), ENVFROM: canary('envfrom'), file: canary('file') }));
  await store.create(secretKind, secret('login', login, 'kubernetes.io/basic-auth'));
  await store.create(secretKind, secret('ssh', { 'ssh-privatekey': canary('sshkey') }, 'kubernetes.io/ssh-auth'));
  await store.create(secretKind, secret('registry', { '.dockerconfigjson': JSON.stringify(config) }, 'kubernetes.io/dockerconfigjson'));
  await store.create(
    secretKind,
    secret('broken', { '.dockerconfigjson': `{"auths": ${canary('wrong')}` }, 'kubernetes.io/dockerconfigjson'),
  );

  await artifacts.put('registry.local/samples/served:v1', {
    manifest: { runtime: 'node', format: 'cjs', exports: ['f'], entry: 'index.js' },
    bundle: Buffer.from(
      `const { readFileSync } = require('node:fs');
       exports.f = (req, res) => res.json([process.env.ENV, process.env.ENVFROM, readFileSync('secrets/file', 'utf8')].map((each) => each.length));`,
    ),
    assets: new Uint8Array(),
  });
  const container = {
    name: 'function',
    env: [{ name: 'ENV', valueFrom: { secretKeyRef: { name: 'settings', key: 'ENV' } } }],
    envFrom: [{ secretRef: { name: 'settings' } }],
    volumeMounts: [{ name: 'files', mountPath: 'secrets' }],
  };
  const template = { containers: [container], volumes: [{ name: 'files', secret: { secretName: 'settings' } }] };
  await store.create(
    functionKind,
    fn('served', { serving: { params: { FUNCTION_TARGET: 'f', FUNCTION_SIGNATURE_TYPE: 'http' }, template } }),
  );

  // Each is tried with its credentials, and fails: what is said of it is what might tell too much.
  const builds: [string, string, string | undefined, string | undefined][] = [
    ['in-clear', `http://127.0.0.1:${port}/a.git`, 'login', undefined],
    ['no-tls', `https://127.0.0.1:${port}/a.git`, 'login', 'registry'],
    ['by-ssh', `ssh://git@127.0.0.1:${port}/a.git`, 'ssh', undefined],
    ['user-in-url', `https://${canary('userinfo')}:${canary('token')}@127.0.0.1:${port}/a.git`, undefined, undefined],
    ['broken-login', `http://127.0.0.1:${port}/a.git`, undefined, 'broken'],
  ];
  for (const [name, url, credentials, push] of builds) {
    const srcRepo = { url, ...(credentials && { credentials: { name: credentials } }) };
    const build = { builder: 'openfunction/builder-node:latest', srcRepo };
    await store.create(functionKind, fn(name, { build, serving: {}, ...(push && { imageCredentials: { name: push } }) }));
  }
  await expect
    .poll(() => call('served'), { timeout: 30_000 })
    .toEqual({ status: 200, body: JSON.stringify([canary('env'), canary('envfrom'), canary('file')].map((each) => each.length)) });
  for (const [name] of builds) await expect.poll(() => state(name), { timeout: 60_000, message: name }).toBe('Failed');

  const everything = await written();
  expect([...everything.keys()].filter((each) => each.startsWith('Event/')).length).toBeGreaterThan(3);
  const spilled = [...everything].flatMap(([where, text]) =>
    places
      // Where its user asked to have it: the files of the function itself.
      .filter((place) => !(['env', 'envfrom', 'file'].includes(place) && where.includes('/box/work/secrets/')))
      // A Function's own spec says what its user wrote there; nothing else may repeat it.
      .filter((place) => !(['userinfo', 'token'].includes(place) && /^(Function|Builder|Serving)\//.test(where)))
      .filter((place) => [canary(place), base64(canary(place)), encodeURIComponent(canary(place))].some((each) => text.includes(each)))
      .map((place) => `${place} in ${where}`),
  );
  expect(spilled).toEqual([]);
  const ticketKey = readFileSync(path.join(data, 'ticket.key'), 'utf8').replace(/-----[^-]+-----|\s/g, '');
  const token = readFileSync(path.join(data, 'token'), 'utf8').trim();
  for (const [where, text] of everything) expect([where, text.includes(ticketKey), text.includes(token)]).toEqual([where, false, false]);
});
