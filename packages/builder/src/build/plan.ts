import { BuildError } from '../build-error.ts';
import { strictRules, type SourceRules } from '../fetch/source-rules.ts';
import { sourceRevision, sourceUrl } from '../git/source-url.ts';

/** What a build is asked for: the fields of BuilderSpec that matter here. */
export interface BuildOrder {
  image: string;
  builder?: string;
  dockerfile?: string;
  env?: Record<string, string | number | boolean>;
  imageCredentials?: { name: string };
  srcRepo: { url?: string; bundleContainer?: { image: string }; revision?: string; sourceSubPath?: string; credentials?: { name: string } };
  /** Kubernetes duration: `10m`, `1h30m`. */
  timeout?: string;
  shipwright?: { timeout?: string; params?: readonly unknown[] };
}

export type SourcePlan =
  | { kind: 'git'; url: string; revision?: string; subPath: string }
  | { kind: 'bundle'; image: string; subPath: string };

/** What the program in the build instance reads from OFN_BUILD_SPEC. */
export interface BuildPlan {
  language: 'node';
  source: SourcePlan;
  /** What it may fetch from. */
  rules: SourceRules;
  env: Record<string, string>;
  target?: string;
  signature?: 'http' | 'cloudevent' | 'event' | 'openfunction';
  /** File or folder that the function begins with, below the source; found by convention when absent. */
  functionSource?: string;
  /** The source's own code does not ship beside the bundle. */
  clearSource: boolean;
  /** Variables that were given and change nothing here. */
  withoutEffect: string[];
  deadlineSeconds: number;
}

const signatures = ['http', 'cloudevent', 'event', 'openfunction'] as const;
/** What other builders of OpenFunction know and this one has no use for. */
const foreign =
  /^FUNC_(?:GOPROXY|FRAMEWORK_VERSION|RUNTIME|RUNTIME_VERSION|ENTRYPOINT|BUILD_ARGS|DEVMODE|DEBUG|JAVA_USE_NATIVE_IMAGE|LABEL_.*)$/;

/** The Secret's key that holds the .npmrc of a build: the parameter NPMRC of shipwright.params. */
export function npmrcSecret({ shipwright }: BuildOrder): { name: string; key: string } | undefined {
  const param = shipwright?.params?.find((each) => (each as { name?: unknown } | null)?.name === 'NPMRC');
  if (param === undefined) return undefined;
  const { name, key } = (param as { secretValue?: { name?: unknown; key?: unknown } }).secretValue ?? {};
  if (typeof name === 'string' && typeof key === 'string') return { name, key };
  throw new BuildError('SecretNotFound', 'The parameter NPMRC of shipwright.params takes a secretValue with name and key. Correct it.');
}

const defaultDeadlineSeconds = 600;

/** Decides how to build; throws BuildError when this platform cannot. */
export function planBuild(order: BuildOrder, rules: SourceRules = strictRules): BuildPlan {
  assertSupported(order);
  const { url, bundleContainer, revision, sourceSubPath } = order.srcRepo;
  const subPath = confinedPath(sourceSubPath ?? '');
  const env = Object.fromEntries(Object.entries(order.env ?? {}).map(([name, value]) => [name, String(value)]));
  const target = env['FUNCTION_TARGET'] ?? env['FUNC_NAME'];
  const signature = signatureOf(env['FUNCTION_SIGNATURE_TYPE'] ?? env['FUNC_TYPE']);
  const functionSource = confinedPath(env['FUNCTION_SOURCE'] ?? env['FUNC_SRC'] ?? '');
  const timeout = order.timeout ?? order.shipwright?.timeout;
  return {
    language: 'node',
    source:
      bundleContainer === undefined
        ? gitSource(url, revision, { subPath, rules })
        : { kind: 'bundle', image: bundleContainer.image, subPath },
    rules,
    env,
    ...(target === undefined ? {} : { target }),
    ...(signature === undefined ? {} : { signature }),
    ...(functionSource === '' ? {} : { functionSource }),
    clearSource: env['FUNC_CLEAR_SOURCE'] === 'true',
    withoutEffect: Object.keys(env).filter((name) => foreign.test(name)),
    deadlineSeconds: timeout === undefined ? defaultDeadlineSeconds : durationSeconds(timeout),
  };
}

/** `1h30m`, `90s`, `500ms` → whole seconds, at least 1. */
export function durationSeconds(text: string): number {
  const scale: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 0.001, us: 1e-6, ns: 1e-9 };
  if (!/^(?:[0-9]{1,9}(?:\.[0-9]{1,9})?(?:h|ms|m|us|ns|s))+$/.test(text))
    throw new BuildError('BuildFailed', `The timeout "${text.slice(0, 50)}" is not a duration. Write for example 10m.`);
  const parts = [...text.matchAll(/([0-9.]+)(h|ms|m|us|ns|s)/g)];
  const seconds = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (scale[unit ?? ''] ?? 0), 0);
  return Math.min(86_400, Math.max(1, Math.ceil(seconds)));
}

/** A relative POSIX path that stays inside; throws BuildError. */
export function confinedPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (path.startsWith('/') || path.includes('\\') || path.includes('\0') || parts.includes('..')) {
    throw new BuildError('SourceRefused', `The path "${path.slice(0, 200)}" leaves the source. Name a folder or file inside it.`);
  }
  return parts.join('/');
}

function assertSupported(order: BuildOrder): void {
  if (order.dockerfile !== undefined)
    throw new BuildError(
      'BuilderNotSupported',
      'Dockerfile builds are not supported: builds here run without a container engine, and images of containers do not run as functions. Use builder openfunction/builder-node.',
    );
  const name = (order.builder ?? '').split('@')[0]?.split('/').at(-1)?.split(':')[0] ?? '';
  if (order.builder !== undefined && name !== 'builder-node' && !name.startsWith('builder-node-')) {
    throw new BuildError(
      'BuilderNotSupported',
      `The builder "${order.builder.slice(0, 200)}" is not supported: supported are openfunction/builder-node and builder-node-* (JavaScript, TypeScript). Functions in other languages do not run here.`,
    );
  }
}

function gitSource(
  url: string | undefined,
  revision: string | undefined,
  { subPath, rules }: { subPath: string; rules: SourceRules },
): SourcePlan {
  if (url === undefined)
    throw new BuildError('SourceRefused', 'The build names no source. Set srcRepo.url or srcRepo.bundleContainer.image.');
  const { href } = sourceUrl(url, rules);
  return { kind: 'git', url: href, ...(revision === undefined ? {} : { revision: sourceRevision(revision) }), subPath };
}

function signatureOf(text: string | undefined): BuildPlan['signature'] {
  if (text === undefined) return undefined;
  const found = signatures.find((each) => each === text.toLowerCase());
  if (found === undefined)
    throw new BuildError(
      'BuildFailed',
      `The function type "${text.slice(0, 100)}" is not known. Set FUNC_TYPE to one of ${signatures.join(', ')}.`,
    );
  return found;
}
