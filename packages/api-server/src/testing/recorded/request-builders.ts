import type { DifferenceId } from './differences.ts';
import type { Exchange } from './exchange.ts';

export const widgets = '/apis/recorded.openfunction.io/v1/namespaces/{ns}/widgets';
export const functions = '/apis/recorded.openfunction.io/v1beta2/namespaces/{ns}/functions';
export const configMaps = '/api/v1/namespaces/{ns}/configmaps';
export const secrets = '/api/v1/namespaces/{ns}/secrets';

type Extra = Pick<Exchange, 'save' | 'differs' | 'accept'>;

export function widget(name: string, spec?: unknown, metadata: object = {}): object {
  return {
    apiVersion: 'recorded.openfunction.io/v1',
    kind: 'Widget',
    metadata: { name, ...metadata },
    ...(spec === undefined ? {} : { spec }),
  };
}

export function oFunction(name: string, spec: unknown): object {
  return { apiVersion: 'recorded.openfunction.io/v1beta2', kind: 'Function', metadata: { name }, spec };
}

export function configMap(name: string, data: unknown, extra: object = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data, ...extra };
}

export const get = (is: string, path: string, extra: Extra = {}): Exchange => ({ is, method: 'GET', path, ...extra });
export const post = (is: string, path: string, body: unknown, extra: Extra & { type?: string } = {}): Exchange => ({
  is,
  method: 'POST',
  path,
  body,
  ...extra,
});
export const put = (is: string, path: string, body: unknown, extra: Extra = {}): Exchange => ({ is, method: 'PUT', path, body, ...extra });
export const remove = (is: string, path: string, body?: unknown, extra: Extra = {}): Exchange => ({
  is,
  method: 'DELETE',
  path,
  ...(body === undefined ? {} : { body }),
  ...extra,
});
const patchAs =
  (type: string) =>
  (is: string, path: string, body: unknown, extra: Extra = {}): Exchange => ({ is, method: 'PATCH', path, body, type, ...extra });
export const merge: ReturnType<typeof patchAs> = patchAs('application/merge-patch+json');
export const json: ReturnType<typeof patchAs> = patchAs('application/json-patch+json');
export const strategic: ReturnType<typeof patchAs> = patchAs('application/strategic-merge-patch+json');
export const applyAt: ReturnType<typeof patchAs> = patchAs('application/apply-patch+yaml');

/** Server-side apply of a widget. */
export function apply(is: string, manager: string, object: object, options: { force?: boolean; differs?: DifferenceId } = {}): Exchange {
  const { name } = (object as { metadata: { name: string } }).metadata;
  const force = options.force === true ? '&force=true' : '';
  return applyAt(is, `${widgets}/${name}?fieldManager=${manager}${force}`, object, options.differs ? { differs: options.differs } : {});
}
