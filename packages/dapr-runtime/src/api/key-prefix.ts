import type { AppIdentity } from '../app/app-identity.ts';

/** What the keys of an app begin with in the store: `keyPrefix` of the component, the app by default. */
export function keyPrefix(strategy: string | undefined, { store, app }: { store: string; app: AppIdentity }): string {
  switch (strategy) {
    case undefined:
    case '':
    case 'appid':
      return `${app.id}||`;
    case 'none':
      return '';
    case 'name':
      return `${store}||`;
    case 'namespace':
      return `${app.namespace}.${app.id}||`;
    default:
      return `${strategy}||`;
  }
}
