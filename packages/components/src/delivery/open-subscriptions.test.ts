import { expect, it } from 'vitest';
import type { Subscription } from './delivery.ts';
import { openSubscriptions } from './open-subscriptions.ts';

it('closes what is open with the component, and nothing that was closed before', async () => {
  const closed: string[] = [];
  const named = (name: string): Subscription => ({
    pause: () => {},
    resume: () => {},
    close: async () => void closed.push(name),
  });
  const open = openSubscriptions();
  const first = open.keep(named('first'));
  open.keep(named('second'));
  await first.close();
  await open.close();
  expect(closed).toEqual(['first', 'second']);
});
