export interface Npmrc {
  /** What is written for npm to read. */
  text: string;
  /** The default registry that it names. */
  registry?: string;
  /** Values that must not be shown. */
  secrets: string[];
  /** Names of settings that were given and have no effect. */
  ignored: string[];
}

const line =
  /^(?<name>(?:@[a-z0-9~][a-z0-9._~-]*:)?registry|\/\/[A-Za-z0-9.[\]:_~/%-]+:(?:_authToken|_auth|username|_password|email|always-auth))[ \t]*=[ \t]*(?<value>\S+)$/;

/** Of a user's .npmrc, which registries there are and what opens them; every other setting, and every variable, has no effect. */
export function readNpmrc(given: string): Npmrc {
  const found: Npmrc = { text: '', secrets: [], ignored: [] };
  for (const raw of given.split('\n')) {
    const text = raw.trim();
    if (text === '' || text.startsWith('#') || text.startsWith(';')) continue;
    const { name, value } = line.exec(text)?.groups ?? {};
    if (name === undefined || value === undefined || value.includes('${')) {
      found.ignored.push(text.split('=')[0]?.trim().slice(0, 100) ?? '');
      continue;
    }
    const bare = value.replace(/^"(.*)"$/, '$1');
    found.text += `${name}=${bare}\n`;
    if (name === 'registry') found.registry = bare;
    if (/:(?:_authToken|_auth|_password)$/.test(name)) found.secrets.push(bare);
  }
  return found;
}
