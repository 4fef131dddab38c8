import { BuildError } from '../build-error.ts';
import { sourceGuard } from '../fetch/source-guard.ts';
import { strictRules, type SourceRules } from '../fetch/source-rules.ts';

const schemes = ['https:', 'http:', 'ssh:', 'file:'];
const allowed = 'allowed are https, http and ssh addresses of git repositories, and git@host:path';

/** The address of a git repository; throws BuildError `SourceRefused` for every other thing. */
export function sourceUrl(text: string, rules: SourceRules = strictRules): URL {
  const refuse = (why: string): BuildError =>
    new BuildError('SourceRefused', `The source "${withoutSecrets(text)}" is refused: ${why}. Correct srcRepo.url.`);
  const url = parsed(text);
  if (url === undefined || !schemes.includes(url.protocol)) throw refuse(allowed);
  const hasUser = url.protocol === 'ssh:' ? url.password !== '' : url.username !== '' || url.password !== '';
  if (hasUser) throw refuse('it carries credentials, which belong into the Secret that srcRepo.credentials names');
  if (url.hash !== '') throw refuse('it has a fragment; srcRepo.revision names the branch, tag or commit');
  if (url.protocol === 'file:') {
    if (url.host !== '' || url.search !== '') throw refuse('a file address names a folder of this machine and nothing else');
    if (rules.folders.length === 0)
      throw refuse('repositories of this machine are not allowed here; an operator may allow a folder (ofn up --allow-source-folder)');
    return url;
  }
  if (url.protocol === 'ssh:' && !isPlainSsh(url)) throw refuse('its user, host or path has characters that no repository needs');
  sourceGuard(rules.addresses).assertHost(url.hostname);
  return url;
}

/** A branch, tag, or commit (whole or its first seven digits and more); throws BuildError. */
export function sourceRevision(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._/+@-]{0,254}$/.test(text) || text.includes('..'))
    throw new BuildError(
      'SourceRefused',
      `The revision "${text.slice(0, 100)}" is refused: it is no branch, tag or commit. Correct srcRepo.revision.`,
    );
  return text;
}

/** Also of the short form that scp and git take: `git@host:path`. */
function parsed(text: string): URL | undefined {
  const [, user, host, path] = /^([A-Za-z0-9._-]+)@([A-Za-z0-9.-]+):(?!\/\/)([^:\s]+)$/.exec(text) ?? [];
  if (user !== undefined) return URL.parse(`ssh://${user}@${host}/${path?.replace(/^\//, '')}`) ?? undefined;
  return URL.parse(text) ?? undefined;
}

/** The path reaches a shell on the other side, and host and user a program's arguments: neither needs more than these. */
function isPlainSsh({ username, hostname, pathname, search }: URL): boolean {
  return (
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$|^$/.test(username) &&
    /^(?:[A-Za-z0-9][A-Za-z0-9.-]{0,252}|\[[0-9A-Fa-f:.]+\])$/.test(hostname) &&
    /^\/~?[A-Za-z0-9._+@/-]{1,1024}$/.test(pathname) &&
    !pathname.split('/').some((part) => part === '..' || part.startsWith('-')) &&
    search === ''
  );
}

function withoutSecrets(text: string): string {
  return text.slice(0, 200).replace(/\/\/[^/@]*@/, '//');
}
