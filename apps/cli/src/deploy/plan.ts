import { readyWhenAnnotation, type KubeObject, type OFunction } from '@openfunction/resources/nouns';
import { UsageError } from '../usage-error.ts';

/** What the command line asked for. */
export interface DeployOptions {
  name?: string;
  namespace: string;
  /** What `-n` says, if anything: a manifest that says otherwise is refused, as kubectl does. */
  onlyNamespace?: string;
  image?: string;
  /** What the function is called in its source: `FUNC_NAME`. */
  target?: string;
  /** How it is called: `FUNC_TYPE`. */
  signature?: string;
  /** Ready only when an instance has loaded it. */
  isChecked?: boolean;
  git?: { url: string; revision?: string; subPath?: string };
}

export interface DeployPlan {
  /** In order; the Function is the last. */
  objects: KubeObject[];
  fn: OFunction;
}

const defaultBuilder = 'openfunction/builder-node:latest';

/**
 * The objects to apply: those of the manifest, or a Function made up from the options. `folder` is the name of the source's
 * folder, when there is one; its upload becomes the source of the build.
 */
export function planDeploy(given: { manifest: KubeObject[]; options: DeployOptions; imagePrefix?: string; folder?: string }): DeployPlan {
  const { manifest, options, folder } = given;
  const functions = manifest.filter(({ kind }) => kind === 'Function');
  if (manifest.length > 0 && functions.length !== 1)
    throw new UsageError(
      `The manifest has ${functions.length} Functions; "ofn deploy" takes one at a time. Use "kubectl apply -f" for more.`,
    );
  for (const object of manifest) assertPlaced(object, options.onlyNamespace);
  const written = functions[0] as OFunction | undefined;
  const name = options.name ?? written?.metadata.name ?? functionName(folder ?? lastPart(options.git?.url ?? ''));
  const namespace = written?.metadata.namespace ?? options.namespace;
  const image = options.image ?? written?.spec.image ?? defaultImage(given.imagePrefix, namespace, name);
  const isBuilt = folder !== undefined || options.git !== undefined;
  const fn: OFunction = {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Function',
    metadata: { ...written?.metadata, name, namespace, ...annotationsOf(written, options) },
    spec: {
      ...written?.spec,
      image,
      ...(isBuilt ? { build: buildOf(written, options) } : {}),
      serving: written?.spec.serving ?? { triggers: { http: { port: 8080 } } },
    },
  };
  const others = manifest.filter((object) => object !== written);
  return { objects: [...others, fn], fn };
}

/** What the manifest itself says counts. */
function annotationsOf(written: OFunction | undefined, { isChecked }: DeployOptions): Pick<OFunction['metadata'], 'annotations'> {
  const own = written?.metadata.annotations;
  return isChecked === true ? { annotations: { [readyWhenAnnotation]: 'loaded', ...own } } : own === undefined ? {} : { annotations: own };
}

function assertPlaced({ kind, metadata: { name, namespace } }: KubeObject, only: string | undefined): void {
  if (only === undefined || namespace === undefined || namespace === only) return;
  throw new UsageError(
    `The manifest puts the ${kind} "${name}" into the namespace "${namespace}", and -n says "${only}". Leave -n out, or take the namespace out of the manifest.`,
  );
}

/** The Function with the uploaded source as what is built. */
export function withSource(fn: OFunction, image: string): OFunction {
  const { url: _url, revision: _revision, credentials: _credentials, ...rest } = fn.spec.build?.srcRepo ?? {};
  return { ...fn, spec: { ...fn.spec, build: { ...fn.spec.build, srcRepo: { ...rest, bundleContainer: { image } } } } };
}

function buildOf(written: OFunction | undefined, { git, target, signature }: DeployOptions): NonNullable<OFunction['spec']['build']> {
  const before = written?.spec.build;
  const env = { ...(target === undefined ? {} : { FUNC_NAME: target }), ...(signature === undefined ? {} : { FUNC_TYPE: signature }) };
  const source =
    git === undefined
      ? before?.srcRepo
      : {
          url: git.url,
          ...(git.revision === undefined ? {} : { revision: git.revision }),
          ...(git.subPath === undefined ? {} : { sourceSubPath: git.subPath }),
        };
  return {
    builder: defaultBuilder,
    ...before,
    ...(Object.keys(env).length === 0 ? {} : { env: { ...before?.env, ...env } }),
    ...(source === undefined ? {} : { srcRepo: source }),
  } as NonNullable<OFunction['spec']['build']>;
}

function defaultImage(prefix: string | undefined, namespace: string, name: string): string {
  if (prefix !== undefined) return `${prefix}/${namespace}/${name}:latest`;
  throw new UsageError('Say where the built function is kept: --image REGISTRY/PATH:TAG, one that the cluster can push to and pull from.');
}

/** A name that Kubernetes accepts, out of a folder's or a repository's. */
export function functionName(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/\.git$/, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
  if (name === '') throw new UsageError(`No name for the function can be made out of "${text}". Give one with --name.`);
  return name;
}

function lastPart(url: string): string {
  return url.replace(/\/+$/, '').split(/[/:]/).at(-1) ?? '';
}
