import { readFileSync } from 'node:fs';
import path from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

const proxies = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'];

/**
 * What builds on this machine take over from the settings of its user: where npm gets packages, and how to reach that.
 * Never credentials: builds run code that nobody vouches for, so an address with a password is left out.
 */
export function buildEnvironment(env: Env): Record<string, string> {
  const found: Record<string, string | undefined> = {
    OFN_NPM_REGISTRY: valueOf(env, 'npm_config_registry') ?? registryIn(valueOf(env, 'npm_config_userconfig') ?? userConfig(env)),
    NODE_EXTRA_CA_CERTS: env['NODE_EXTRA_CA_CERTS'],
    ...Object.fromEntries(proxies.map((name) => [name, valueOf(env, name)])),
  };
  return Object.fromEntries(Object.entries(found).flatMap(([name, value]) => (value && !isSecret(value) ? [[name, value]] : [])));
}

/** npm and everybody else take these names in either case. */
function valueOf(env: Env, name: string): string | undefined {
  const found = Object.keys(env).find((each) => each.toLowerCase() === name.toLowerCase() && env[each]);
  return found === undefined ? undefined : env[found];
}

function userConfig(env: Env): string | undefined {
  return env['HOME'] === undefined ? undefined : path.join(env['HOME'], '.npmrc');
}

function registryIn(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return /^[ \t]*registry[ \t]*=[ \t]*"?(https?:\/\/[^\s"]+)"?[ \t]*$/m.exec(readFileSync(file, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

function isSecret(value: string): boolean {
  return value.includes('${') || (URL.canParse(value) && (new URL(value).username !== '' || new URL(value).password !== ''));
}
