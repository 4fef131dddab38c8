import type { RegistryCredentials } from './registry-credentials.ts';

export type Digest = `sha256:${string}`;

/** What a module artifact says of itself; part of what its digest covers. */
export interface ModuleManifest {
  runtime: 'node';
  /** `cjs`: the bundle is the body of a function `(exports, require, module, __filename, __dirname)`; `async-cjs`: of an async one (top-level await). */
  format: 'cjs' | 'async-cjs';
  /** Exported functions found when it was built, for messages only. */
  exports: string[];
  /** FUNCTION_TARGET and signature given to the build, where they were. */
  target?: string;
  signature?: 'http' | 'cloudevent' | 'event' | 'openfunction';
  /** Where the entry lay in the source tree, POSIX, so that relative reads work: `src/index.ts`. */
  entry: string;
}

export interface ModuleArtifact {
  manifest: ModuleManifest;
  /** UTF-8 source of the bundle. */
  bundle: Uint8Array;
  /** Tar of the files beside the source (regular files and folders, sorted, mtime 0), or empty. */
  assets: Uint8Array;
}

/** A V8 code cache for one artifact: only good for this key; executable, so its own digest is bound by the ticket. */
export interface CodeCache {
  /** `<node version>-<arch>-<cachedDataVersionTag>` */
  key: string;
  digest: Digest;
  bytes: Uint8Array;
}

/** With whose rights an artifact is read or written; without credentials, anonymously. */
export interface ArtifactAccess {
  /** One object per Secret and version: a store may keep what it obtained with it for as long as the object lives. */
  credentials?: RegistryCredentials;
}

/** What a store gives. */
export interface FetchedArtifact {
  digest: Digest;
  artifact: ModuleArtifact;
  /** Of the parts of the module as its manifest names them; absent: there is no such part. */
  parts: { bundle: Digest; assets?: Digest };
  caches: CodeCache[];
}

export interface GetOptions extends ArtifactAccess {
  /** Whoever uses the bytes compares them with `parts` and the digest of the cache anyway: the store need not hash them too. */
  readerChecks?: boolean;
}

/**
 * Where artifacts are kept. `ref` is an image reference (`repo:tag` or `repo@sha256:…`). A store whose content
 * is not guarded by credentials ignores them. What was read with credentials must not be given to who lacks them.
 */
export interface Artifacts {
  /** Whether credentials open anything here. */
  readonly guarded: boolean;
  /** Stores the module, points `ref`'s tag at it, returns its digest. Same content, same digest. */
  put(ref: string, artifact: ModuleArtifact, options?: ArtifactAccess & { caches?: CodeCache[] }): Promise<Digest>;
  /** Throws ArtifactError. Everything returned was checked against its digest, unless `readerChecks`. */
  get(ref: string, options?: GetOptions): Promise<FetchedArtifact>;
  /**
   * The digest a reference stands for, and what lies there; undefined when nothing does. `user`: the number of the user
   * that an image names, when that is not root.
   */
  stat(ref: string, access?: ArtifactAccess): Promise<{ digest: Digest; kind: 'module' | 'source' | 'image'; user?: number } | undefined>;
  /** A source tree (tar), as `ofn deploy ./dir` sends it; the same store keeps it. */
  putSource(ref: string, tar: Uint8Array, access?: ArtifactAccess): Promise<Digest>;
  getSource(ref: string, access?: ArtifactAccess): Promise<Uint8Array>;
}

export type ArtifactErrorCode =
  | 'ArtifactNotFound'
  | 'ArtifactCorrupt'
  | 'ArtifactTooLarge'
  | 'NotAModule'
  | 'RegistryUnavailable'
  | 'RegistryDenied'
  | 'InvalidReference';

export class ArtifactError extends Error {
  readonly code: ArtifactErrorCode;
  constructor(code: ArtifactErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'ArtifactError';
    this.code = code;
  }
}
