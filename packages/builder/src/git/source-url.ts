import { isIP } from 'node:net';
import { BuildError } from '../build-error.ts';

const schemes = ['https:', 'http:'];
/** Where clouds answer every process of a machine with the machine's own credentials. */
const metadataHosts = ['metadata.google.internal', 'metadata.goog', 'instance-data', 'instance-data.ec2.internal'];
const metadataAddresses = ['100.100.100.200', 'fd00:ec2::254', 'fd20:ce::254', '168.63.129.16'];

/** The address of a git repository; throws BuildError `SourceRefused` for all that is not plain http(s). */
export function sourceUrl(text: string): URL {
  const refuse = (why: string): BuildError =>
    new BuildError('SourceRefused', `The source "${withoutSecrets(text)}" is refused: ${why}. Correct srcRepo.url.`);
  if (!URL.canParse(text)) throw refuse('allowed are https and http addresses of git repositories');
  const url = new URL(text);
  if (!schemes.includes(url.protocol)) throw refuse('allowed are https and http addresses of git repositories');
  if (url.username !== '' || url.password !== '')
    throw refuse('it carries credentials, which belong into the Secret that srcRepo.credentials names');
  if (url.hash !== '') throw refuse('it has a fragment; srcRepo.revision names the branch, tag or commit');
  assertNoMetadata(url.hostname);
  return url;
}

/** Throws BuildError for a name or an address of a cloud's metadata service, in whatever notation. */
export function assertNoMetadata(host: string): void {
  const bare = host
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
  const isMetadata = metadataHosts.includes(bare) || metadataAddresses.includes(bare) || (isIP(bare) !== 0 && isLinkLocal(bare));
  if (isMetadata)
    throw new BuildError(
      'SourceRefused',
      `The source's host ${host.slice(0, 100)} is refused: it is link-local or a metadata service. Correct srcRepo.url.`,
    );
}

/** A branch, tag or whole commit; throws BuildError. */
export function sourceRevision(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._/+@-]{0,254}$/.test(text) || text.includes('..'))
    throw new BuildError(
      'SourceRefused',
      `The revision "${text.slice(0, 100)}" is refused: it is no branch, tag or commit. Correct srcRepo.revision.`,
    );
  return text;
}

function isLinkLocal(address: string): boolean {
  // 169.254/16, also as an IPv4-mapped address in either notation, and fe80::/10.
  return /^(?:::ffff:)?169\.254\./.test(address) || address.startsWith('::ffff:a9fe:') || /^fe[89ab]/.test(address);
}

function withoutSecrets(text: string): string {
  return text.slice(0, 200).replace(/\/\/[^/@]*@/, '//');
}
