import { ComponentError } from '../component-error.ts';
import { optional, withDefault, type FieldsFor } from '../metadata/fields.ts';
import { commaList, nonEmpty, text, type Parser } from '../metadata/parsers.ts';
import { headerList } from './pair-list.ts';

const known = ['bearer', 'basic', 'tls', 'custom'];

const modes: Parser<string[]> = {
  says: `a list of: ${known.join(', ')}`,
  parse: (value) => {
    const list = commaList.parse(value) ?? [];
    return list.every((mode) => known.includes(mode)) ? list : undefined;
  },
};

export interface PrometheusAuthentication {
  authModes: string[];
  bearerToken: string | undefined;
  username: string | undefined;
  password: string | undefined;
  customAuthHeader: string | undefined;
  customAuthValue: string | undefined;
  ca: string | undefined;
  cert: string | undefined;
  key: string | undefined;
}

export const prometheusAuthenticationFields: FieldsFor<PrometheusAuthentication> = {
  authModes: withDefault(modes, []),
  bearerToken: optional(nonEmpty),
  username: optional(nonEmpty),
  password: optional(text),
  customAuthHeader: optional(nonEmpty),
  customAuthValue: optional(nonEmpty),
  ca: optional(nonEmpty),
  cert: optional(nonEmpty),
  key: optional(nonEmpty),
};

export interface Credentials {
  headers: Record<string, string>;
  tls: { ca?: string; cert?: string; key?: string };
}

/** What a request carries, by the modes that are named; refuses a mode that lacks what it needs. */
export function prometheusAuthentication(settings: PrometheusAuthentication, subject: string): Credentials {
  const { authModes, bearerToken, username, password = '', customAuthHeader, customAuthValue, ca, cert, key } = settings;
  const refuse = (why: string): ComponentError => new ComponentError('ComponentInvalid', `${subject} cannot be opened: ${why}.`);
  const has = (mode: string): boolean => authModes.includes(mode);
  const credentials: Credentials = { headers: {}, tls: ca === undefined ? {} : { ca } };
  if (has('bearer') && has('basic')) throw refuse('authModes bearer and basic use the same header. Leave one out');
  if (has('bearer')) {
    if (bearerToken === undefined) throw refuse('authModes bearer needs bearerTokenFromEnv. Set it');
    credentials.headers['authorization'] = `Bearer ${bearerToken}`;
  }
  if (has('basic')) {
    if (username === undefined) throw refuse('authModes basic needs username. Set it');
    credentials.headers['authorization'] = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }
  if (has('custom')) {
    if (customAuthHeader === undefined || customAuthValue === undefined)
      throw refuse('authModes custom needs customAuthHeader and customAuthValueFromEnv. Set both');
    credentials.headers[customAuthHeader] = customAuthValue;
  }
  if (has('tls')) {
    if (cert === undefined || key === undefined) throw refuse('authModes tls needs cert and keyFromEnv. Set both');
    Object.assign(credentials.tls, { cert, key });
  }
  const all = Object.entries(credentials.headers).map(([name, value]) => `${name}=${value.replaceAll(',', '')}`);
  if (all.length > 0 && headerList.parse(all.join(',')) === undefined)
    throw refuse('a credential has a sign that no header may have, such as the end of a line. Correct it');
  return credentials;
}
