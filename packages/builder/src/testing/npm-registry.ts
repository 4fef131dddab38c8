import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { writeTar } from '@openfunction/artifact';

/** A package as its files; package.json names it. */
export type PackageFiles = Record<string, string>;

export interface TestRegistry {
  url: string;
  /** Paths that were asked for. */
  asked: string[];
  /** A package-lock.json that pins the given versions, as npm's public registry would have them. */
  lock(dependencies: Record<string, string>): string;
  /** Likewise, as pnpm writes it. */
  pnpmLock(dependencies: Record<string, string>): string;
  close(): Promise<void>;
}

interface Packed {
  name: string;
  version: string;
  manifest: Record<string, unknown>;
  tarball: Buffer;
}

/** A registry of packed packages at an address of this machine, for tests that install dependencies; with a token, only for who has it. */
export async function npmRegistry(
  packages: PackageFiles[],
  host: string = '127.0.0.1',
  options: { token?: string } = {},
): Promise<TestRegistry> {
  const packed = await Promise.all(packages.map(pack));
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://registry').pathname);
    asked.push(path);
    if (options.token !== undefined && request.headers.authorization !== `Bearer ${options.token}`)
      return void response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":"no token"}');
    const tarball = packed.find((each) => path === tarballPath(each))?.tarball;
    if (tarball !== undefined) return void response.end(tarball);
    const versions = packed.filter((each) => path === `/${each.name}`);
    if (versions.length === 0) return void response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not found"}');
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(packument(versions, `http://${request.headers.host}`)));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    asked,
    lock: (dependencies) => lockOf(packed, dependencies),
    pnpmLock: (dependencies) => pnpmLockOf(packed, dependencies),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function pack(files: PackageFiles): Promise<Packed> {
  const manifest = JSON.parse(files['package.json'] ?? '{}') as Record<string, unknown>;
  const entries = Object.entries(files).map(([path, text]) => ({
    path: `package/${path}`,
    kind: 'file' as const,
    bytes: Buffer.from(text),
  }));
  return { name: String(manifest['name']), version: String(manifest['version']), manifest, tarball: gzipSync(await writeTar(entries)) };
}

function packument(versions: Packed[], base: string): object {
  const described = versions.map(({ name, version, manifest, tarball }) => [
    version,
    {
      ...manifest,
      dist: { tarball: `${base}${tarballPath({ name, version })}`, integrity: integrityOf(tarball) },
    },
  ]);
  return { name: versions[0]?.name, 'dist-tags': { latest: versions.at(-1)?.version }, versions: Object.fromEntries(described) as object };
}

function packedOf(packed: Packed[], name: string, version: string): Packed {
  const found = packed.find((each) => each.name === name && each.version === version);
  if (found === undefined) throw new Error(`The test registry has no ${name}@${version}.`);
  return found;
}

function pnpmLockOf(packed: Packed[], dependencies: Record<string, string>): string {
  const all = Object.entries(dependencies);
  const integrity = (name: string, version: string): string => integrityOf(packedOf(packed, name, version).tarball);
  return JSON.stringify({
    lockfileVersion: '9.0',
    settings: { autoInstallPeers: true, excludeLinksFromLockfile: false },
    importers: {
      '.': { dependencies: Object.fromEntries(all.map(([name, version]) => [name, { specifier: version, version }])) as object },
    },
    packages: Object.fromEntries(
      all.map(([name, version]) => [`${name}@${version}`, { resolution: { integrity: integrity(name, version) } }]),
    ) as object,
    snapshots: Object.fromEntries(all.map(([name, version]) => [`${name}@${version}`, {}])) as object,
  });
}

function lockOf(packed: Packed[], dependencies: Record<string, string>): string {
  const pinned = Object.entries(dependencies).map(([name, version]) => {
    const found = packedOf(packed, name, version);
    const resolved = `https://registry.npmjs.org${tarballPath(found)}`;
    return [`node_modules/${name}`, { version, resolved, integrity: integrityOf(found.tarball) }];
  });
  const packages = { '': { dependencies }, ...(Object.fromEntries(pinned) as object) };
  return JSON.stringify({ name: 'fn', lockfileVersion: 3, requires: true, packages });
}

function tarballPath({ name, version }: Pick<Packed, 'name' | 'version'>): string {
  return `/${name}/-/${name.split('/').at(-1)}-${version}.tgz`;
}

function integrityOf(tarball: Buffer): string {
  return `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
}
