interface Credentials {
  username: string;
  password: string;
}

export interface TokenRequest {
  /** The `www-authenticate` header. */
  challenge: string;
  repository: string;
  credentials?: Credentials | undefined;
  isPlain: (host: string) => boolean;
  fetch: (url: URL, headers: Record<string, string>) => Promise<Uint8Array>;
}

/** The `authorization` header that answers a registry's challenge; undefined when there is no answer to it. */
export async function tokenFor(request: TokenRequest): Promise<string | undefined> {
  const basic =
    request.credentials === undefined
      ? undefined
      : `Basic ${Buffer.from(`${request.credentials.username}:${request.credentials.password}`).toString('base64')}`;
  if (/^basic\b/i.test(request.challenge)) return basic;
  const parameters = new Map([...request.challenge.matchAll(/([a-z]+)="([^"]*)"/g)].map((match) => [match[1], match[2] ?? '']));
  const realm = parameters.get('realm');
  if (!/^bearer\b/i.test(request.challenge) || realm === undefined || !URL.canParse(realm)) return undefined;
  const url = new URL(realm);
  // Credentials never leave in clear for a host that was not named so.
  if (url.protocol !== 'https:' && !request.isPlain(url.host)) return undefined;
  const service = parameters.get('service');
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', `repository:${request.repository}:pull,push`);
  try {
    const answer = JSON.parse(
      Buffer.from(await request.fetch(url, basic === undefined ? {} : { authorization: basic })).toString('utf8'),
    ) as { token?: string; access_token?: string };
    const token = answer.token ?? answer.access_token;
    return token === undefined ? undefined : `Bearer ${token}`;
  } catch {
    return undefined;
  }
}
