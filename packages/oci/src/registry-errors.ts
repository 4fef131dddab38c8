import { ArtifactError, type Reference } from '@openfunction/artifact';

export interface Refusal {
  status: number;
  /** What was asked for: `read a manifest`. */
  what: string;
  /** Whether the credentials that were given name this registry. */
  hasCredentials: boolean;
  /** What the registry says of it, as it came. */
  body: Uint8Array;
}

/** Why a registry did not do what it was asked, and what helps. */
export function registryRefusal(reference: Reference, { status, what, hasCredentials, body }: Refusal): ArtifactError {
  const { registry, repository } = reference;
  const isDenied = status === 401 || status === 403;
  const said = wordsOf(body);
  const words = said === '' ? '' : ` (${said})`;
  return new ArtifactError(
    isDenied ? 'RegistryDenied' : 'RegistryUnavailable',
    `The registry ${registry} refused to ${what} of ${repository}: status ${status}${words}. ${hint(status, { registry, hasCredentials })}`,
  );
}

function hint(status: number, { registry, hasCredentials }: { registry: string; hasCredentials: boolean }): string {
  if (status === 401 && !hasCredentials)
    return `It wants credentials, and none are given for ${registry}: let spec.imageCredentials name a Secret of kubectl create secret docker-registry --docker-server=${registry}.`;
  if (status === 401) return 'It does not take the user and password of spec.imageCredentials: correct the Secret.';
  if (status === 403)
    return 'The user of spec.imageCredentials may not do this there: give it the right to push and pull, or name another repository.';
  if (status === 404)
    return 'There is no such repository, or it is hidden from this user: make it, or correct spec.image and spec.imageCredentials.';
  if (status === 429) return 'It allows no more requests for now: try again later, or give it spec.imageCredentials.';
  return 'Try again later, or check the registry.';
}

/** Why a registry could not be spoken to, and what helps. */
export function registryUnreachable({ registry }: Reference, error: unknown): ArtifactError {
  const code = codeOf(error);
  const why = error instanceof Error ? error.message || error.name : String(error);
  const help = isCertificate(code)
    ? 'Its certificate is not trusted: put the certificates that sign it into registry.certificates of the chart, or correct its name.'
    : isNoTls(code, why)
      ? `It seems to speak without TLS: name ${registry} in registry.plainHttp of the chart if that is meant.`
      : 'Check that it runs and that its name is right.';
  return new ArtifactError('RegistryUnavailable', `The registry ${registry} cannot be reached: ${why.slice(0, 300)}. ${help}`, {
    cause: error,
  });
}

/** Whether asking again may help. Docker's registry finds a digest wrong when somebody else writes the same content just then: ours are right. */
export function isPassing({ status, body }: Pick<Refusal, 'status' | 'body'>): boolean {
  return status === 429 || status >= 500 || (status === 400 && Buffer.from(body).includes('"DIGEST_INVALID"'));
}

/** Whether connecting again may help: a certificate does not get better. */
export function mayPass(error: unknown): boolean {
  const code = codeOf(error);
  return !isCertificate(code) && !isNoTls(code, error instanceof Error ? error.message : '');
}

function isCertificate(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/.test(code);
}

function isNoTls(code: string, message: string): boolean {
  return (
    code === 'ERR_SSL_WRONG_VERSION_NUMBER' ||
    code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG' ||
    /wrong version number|packet length too long/.test(message)
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Registries answer `{"errors":[{"code","message"}]}`; what else comes is nobody's sentence. */
function wordsOf(body: Uint8Array): string {
  try {
    const { errors } = JSON.parse(Buffer.from(body).toString('utf8')) as { errors?: { message?: unknown }[] };
    const message = errors?.[0]?.message;
    return typeof message === 'string' ? message.replace(/[^\x20-\x7e]/g, '').slice(0, 200) : '';
  } catch {
    return '';
  }
}
