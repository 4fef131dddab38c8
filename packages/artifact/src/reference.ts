import { ArtifactError, type Digest } from './artifact.ts';
import { isDigest } from './digest.ts';

export interface Reference {
  /** `docker.io` when the reference names none. */
  registry: string;
  repository: string;
  tag?: string;
  /** Wins over the tag. */
  digest?: Digest;
}

const repositoryPattern = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*)*$/;
const registryPattern = /^(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** Parses an image reference; throws ArtifactError `InvalidReference`. No tag and no digest means `latest`. */
export function parseReference(text: string): Reference {
  const bad = (why: string): ArtifactError =>
    new ArtifactError(
      'InvalidReference',
      `The image reference "${text.slice(0, 300)}" is not valid: ${why}. Write host/repository:tag or host/repository@sha256:….`,
    );
  if (text.length > 512) throw bad('it is longer than 512 characters');
  const [name = '', digest, ...more] = text.split('@');
  if (more.length > 0) throw bad('it has more than one "@"');
  if (digest !== undefined && !isDigest(digest)) throw bad('the digest is not sha256 with 64 hex digits');
  const colon = name.lastIndexOf(':');
  const hasTag = colon > name.lastIndexOf('/');
  const tag = hasTag ? name.slice(colon + 1) : undefined;
  if (tag !== undefined && !tagPattern.test(tag)) throw bad(`"${tag}" is not a tag`);
  const { registry, repository } = splitRegistry(hasTag ? name.slice(0, colon) : name);
  if (!registryPattern.test(registry)) throw bad(`"${registry}" is not a registry host`);
  if (repository.length > 255 || !repositoryPattern.test(repository)) throw bad(`"${repository}" is not a repository name`);
  return {
    registry,
    repository,
    ...(digest === undefined ? { tag: tag ?? 'latest' } : { ...(tag === undefined ? {} : { tag }), digest }),
  };
}

/** `host/repository`, without tag and digest. */
export function repositoryOf(reference: Reference): string {
  return `${reference.registry}/${reference.repository}`;
}

function splitRegistry(name: string): { registry: string; repository: string } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  if (first.includes('.') || first.includes(':') || first === 'localhost') return { registry: first, repository: name.slice(slash + 1) };
  return { registry: 'docker.io', repository: slash < 0 ? `library/${name}` : name };
}
