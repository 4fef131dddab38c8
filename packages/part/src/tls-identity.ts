import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TlsIdentity, TlsSource } from '@openfunction/protocol';

export interface WatchedIdentity extends TlsSource {
  close(): void;
}

export interface WatchedIdentityOptions {
  /** Where a `kubernetes.io/tls` Secret is mounted that also has its authority. */
  folder: string;
  onError: (error: unknown) => void;
  /** How often it is read. Default 10 s: the kubelet itself takes up to a minute. */
  everyMs?: number;
}

async function read(folder: string): Promise<TlsIdentity> {
  const [authority, certificate, key] = await Promise.all(['ca.crt', 'tls.crt', 'tls.key'].map((name) => readFile(join(folder, name))));
  return { authority: authority!, certificate: certificate!, key: key! };
}

const textOf = ({ authority, certificate, key }: TlsIdentity): string => [authority, certificate, key].join('\0');

/** Keeps to what the folder holds, so that a renewed certificate needs no restart. */
export async function watchIdentity({ folder, onError, everyMs = 10_000 }: WatchedIdentityOptions): Promise<WatchedIdentity> {
  let present = await read(folder);
  const listeners = new Set<() => void>();

  async function readAgain(): Promise<void> {
    // The folder is a link that the kubelet turns in one step: a certificate with another one's key was read across it.
    const [first, second] = [await read(folder), await read(folder)];
    if (textOf(first) !== textOf(second) || textOf(second) === textOf(present)) return;
    present = second;
    for (const tell of listeners) tell();
  }
  const timer = setInterval(() => void readAgain().catch(onError), everyMs).unref();
  return {
    current: () => present,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => clearInterval(timer),
  };
}
