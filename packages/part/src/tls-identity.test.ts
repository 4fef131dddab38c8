import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { watchIdentity } from './tls-identity.ts';

async function write(folder: string, term: string): Promise<void> {
  for (const name of ['ca.crt', 'tls.crt', 'tls.key']) await writeFile(join(folder, name), `${name} of ${term}`);
}

it('tells of a renewed certificate once it is whole', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ofn-tls-'));
  await write(folder, 'spring');
  const identity = await watchIdentity({ folder, everyMs: 5, onError: () => undefined });
  try {
    const told = vi.fn<() => void>();
    identity.subscribe(told);
    expect(identity.current().key.toString()).toBe('tls.key of spring');
    await write(folder, 'summer');
    await vi.waitFor(() => expect(identity.current().key.toString()).toBe('tls.key of summer'));
    expect(identity.current().certificate.toString()).toBe('tls.crt of summer');
    expect(told).toHaveBeenCalled();
  } finally {
    identity.close();
    await rm(folder, { recursive: true });
  }
});
