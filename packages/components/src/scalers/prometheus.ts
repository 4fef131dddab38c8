import { ComponentError } from '../component-error.ts';
import { needed, optional, withDefault, withoutEffect } from '../metadata/fields.ts';
import { duration, flag, nonEmpty, text } from '../metadata/parsers.ts';
import { unsupported } from '../metadata/unsupported.ts';
import { decimal, positiveDecimal } from './decimal.ts';
import { jsonEndpoint } from './json-endpoint.ts';
import { headerList, pairList } from './pair-list.ts';
import { prometheusAuthentication, prometheusAuthenticationFields } from './prometheus-authentication.ts';
import { prometheusNumber } from './prometheus-number.ts';
import { scalerType, type ScalerType } from './scaler-type.ts';

const cloud = unsupported("a cloud's own way to authenticate");

/** `prometheus`: the one number that a query answers. */
export const prometheusScaler: ScalerType = scalerType({
  secrets: ['bearerToken', 'password', 'customAuthValue', 'key'],
  fields: {
    ...prometheusAuthenticationFields,
    awsRegion: optional(cloud),
    identityOwner: optional(cloud),
    serverAddress: needed(nonEmpty),
    query: needed(nonEmpty),
    threshold: needed(positiveDecimal),
    activationThreshold: withDefault(decimal, 0),
    namespace: optional(nonEmpty),
    queryParameters: optional(pairList),
    customHeaders: optional(headerList),
    ignoreNullValues: withDefault(flag, true),
    unsafeSsl: withDefault(flag, false),
    timeout: optional(duration('ms')),
    // Of KEDA before 2.10, which no longer names metrics by it.
    metricName: withoutEffect(text),
  },
  open: (settings, { subject }) => {
    const url = queryUrl(settings, subject);
    const { headers, tls } = prometheusAuthentication(settings, subject);
    const endpoint = jsonEndpoint({
      server: 'Prometheus',
      hint: 'Is serverAddress right, is the server up, and may this user query it?',
      headers: { ...Object.fromEntries(settings.customHeaders ?? []), ...headers },
      tls: { ...tls, rejectUnauthorized: !settings.unsafeSsl },
      timeoutMs: settings.timeout,
    });
    return {
      metricName: 'prometheus',
      target: settings.threshold,
      read: async (signal) => {
        const value = prometheusNumber(await endpoint.get(url, signal), settings);
        return { value, isActive: value > settings.activationThreshold };
      },
      close: endpoint.close,
    };
  },
});

interface Queried {
  serverAddress: string;
  query: string;
  namespace: string | undefined;
  queryParameters: ReadonlyMap<string, string> | undefined;
}

function queryUrl({ serverAddress, query, namespace, queryParameters }: Queried, subject: string): URL {
  const url = URL.canParse(serverAddress) ? new URL(serverAddress) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '')
    throw new ComponentError('ComponentInvalid', `${subject} cannot be opened: serverAddress is not an http or https URL. Correct it.`);
  if (url.username !== '' || url.password !== '')
    throw new ComponentError(
      'ComponentInvalid',
      `${subject} cannot be opened: serverAddress has a user in it. Set authModes to basic, with username and passwordFromEnv.`,
    );
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v1/query`;
  for (const [name, value] of queryParameters ?? []) url.searchParams.set(name, value);
  if (namespace !== undefined) url.searchParams.set('namespace', namespace);
  url.searchParams.set('query', query);
  return url;
}
