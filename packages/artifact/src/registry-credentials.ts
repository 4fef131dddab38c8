import { ArtifactError } from './artifact.ts';
import { repositoryOf, type Reference } from './reference.ts';

/** User and password by `host` or `host/path`, as in a Secret of type kubernetes.io/dockerconfigjson. */
export type RegistryCredentials = ReadonlyMap<string, { username: string; password: string }>;

/** Reads `.dockerconfigjson`; throws ArtifactError `RegistryDenied`, which never quotes it. */
export function parseDockerConfig(text: string): RegistryCredentials {
  const auths = authsOf(text);
  if (auths === undefined)
    throw new ArtifactError(
      'RegistryDenied',
      'The registry credentials cannot be read: they are not the JSON of a Docker config with "auths". Make the Secret with kubectl create secret docker-registry.',
    );
  return new Map(
    Object.entries(auths).flatMap(([name, entry]) => {
      const pair = pairOf(entry);
      return pair === undefined ? [] : [[scopeOf(name), pair] as const];
    }),
  );
}

/** The entry that names most of the repository's path. */
export function credentialsFor(credentials: RegistryCredentials, reference: Reference): { username: string; password: string } | undefined {
  for (let scope = repositoryOf(reference); scope !== ''; scope = scope.slice(0, Math.max(0, scope.lastIndexOf('/')))) {
    const found = credentials.get(scope);
    if (found !== undefined) return found;
  }
  return undefined;
}

function authsOf(text: string): Record<string, unknown> | undefined {
  try {
    const { auths } = JSON.parse(text) as { auths?: unknown };
    return typeof auths === 'object' && auths !== null ? (auths as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function pairOf(entry: unknown): { username: string; password: string } | undefined {
  const { auth, username, password } = (entry ?? {}) as Record<string, unknown>;
  if (typeof username === 'string' && typeof password === 'string') return { username, password };
  if (typeof auth !== 'string') return undefined;
  const decoded = Buffer.from(auth, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon < 0 ? undefined : { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

/** `https://index.docker.io/v1/` is how Docker has always named its own registry. */
function scopeOf(name: string): string {
  const bare = name
    .replace(/^https?:\/\//, '')
    .replace(/\/v[12]\/?$/, '')
    .replace(/\/+$/, '');
  return bare === 'index.docker.io' || bare === 'registry-1.docker.io' ? 'docker.io' : bare;
}
