import { appTokens, type MessageApp } from '@openfunction/messaging';
import { functionUid, secretKind, type Secret } from '@openfunction/resources';
import type { Store } from '@openfunction/store';
import { secretsOf } from './component-of.ts';
import { planApp, type AppInput } from './plan-app.ts';

export interface ReadAppOptions {
  store: Store;
  /** Of the tokens that functions and their runtime show each other. */
  tokenKey: Uint8Array;
  clusterDomain: string;
}

/** Reads the Secrets that a Serving names, and plans its app. Throws MessagingError for what is missing or cannot be meant. */
export async function readApp(
  { store, tokenKey, clusterDomain }: ReadAppOptions,
  { serving, ...known }: Pick<AppInput, 'serving' | 'delivers' | 'isImage'>,
): Promise<MessageApp> {
  const { namespace = '' } = serving.metadata;
  const secrets = new Map<string, Secret>();
  for (const name of secretsOf(serving.spec)) {
    const found = await store.get(secretKind, { namespace, name });
    if (found !== undefined) secrets.set(name, found);
  }
  return planApp({
    serving,
    tokens: appTokens(tokenKey, functionUid(serving)),
    secret: (name, key) => valueOf(secrets.get(name), key),
    clusterDomain,
    ...known,
  });
}

function valueOf(secret: Secret | undefined, key: string): string | undefined {
  const plain = secret?.stringData?.[key];
  if (plain !== undefined) return plain;
  const encoded = secret?.data?.[key];
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString();
}
