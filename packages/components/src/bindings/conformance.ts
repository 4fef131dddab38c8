import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Binding } from './binding.ts';

/** What every binding does, whatever is behind it. */
export function bindingConformance(open: () => Promise<Binding>): void {
  let binding: Binding;
  beforeEach(async () => {
    binding = await open();
  });
  afterEach(async () => binding.close());

  it('has an input or an output', () => {
    expect(binding.input ?? binding.output).toBeDefined();
  });

  it.each(['', 'explode', 'constructor', '__proto__', 'toString'])('refuses the operation %j', async (operation) => {
    if (binding.output === undefined) return;
    expect(binding.output.operations).not.toContain(operation);
    await expect(binding.output.invoke({ operation, data: new Uint8Array(0), metadata: {} })).rejects.toMatchObject({
      code: 'OperationNotSupported',
    });
  });

  it('ends what it reads, before anything came too', async () => {
    if (binding.input === undefined) return;
    const subscription = await binding.input.read({ maxInFlight: 1, deliver: () => new Promise(() => {}) });
    subscription.pause();
    subscription.resume();
    await subscription.close();
    await subscription.close();
  });

  it('says that it is well while it is open', async () => {
    await expect(binding.ping()).resolves.toBeUndefined();
  });
}
