import { manualClock, type Clock, type ManualClock } from '@openfunction/reconcile';
import { memoryStore, type Store } from '@openfunction/store';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { issue, newAuthority, type Issued } from './issue.ts';
import { keepRenewing } from './keep-renewing.ts';
import { filesIn, meet, putSecret, type Files } from './testing/secrets.ts';

const namespace = 'openfunction';
const settings = { OFN_NAMESPACE: namespace, OFN_CLUSTER_DOMAIN: 'cluster.local', OFN_CERTIFICATE_DAYS: 90 };
const host = 'converter.openfunction.svc';
const dayMs = 86_400_000;
const aWhileMs = 6 * 60_000;
/** So long ago that what is renewed by now is valid already. */
const began = Date.now() - 61 * dayMs;

let store: Store;
let clock: ManualClock;
let looks: number;
let leads: boolean;
let renewed: unknown[];
let renewing: { close(): void };
beforeEach(() => {
  store = memoryStore();
  clock = manualClock(began);
  looks = 0;
  leads = true;
  renewed = [];
  const counting: Clock = {
    now: clock.now,
    setTimeout: (action, delayMs) => {
      looks += 1;
      return clock.setTimeout(action, delayMs);
    },
  };
  const log = (_message: string, fields: Record<string, unknown>): void => void renewed.push(fields['of'] ?? fields);
  renewing = keepRenewing({ store, leading: () => leads, settings, clock: counting, log });
});
afterEach(() => renewing.close());

/** Time passes, and at its end there is a look that finds what is due by then. */
async function pass(byMs: number): Promise<void> {
  for (const partMs of [byMs - aWhileMs, aWhileMs]) {
    const before = looks;
    clock.advance(partMs);
    await expect.poll(() => looks).toBe(before + 1);
  }
}

const put = (name: string, data: Record<string, string>): Promise<void> => putSecret(store, { namespace, name }, data);
const filesOf = (name: string): Promise<Files> => filesIn(store, { namespace, name });

/** As the chart makes the converter's: what the API server believes is what the CRDs have. */
async function install(authority: Issued, issuer = authority): Promise<{ believed: string }> {
  const older: Record<string, string> = issuer === authority ? {} : { 'old.crt': issuer.certificate };
  await put('converter-authority', { 'ca.crt': authority.certificate, 'ca.key': authority.key, ...older });
  const made = await issue({ authority: issuer, hosts: [host], days: 90, now: began });
  await put('converter-tls', { 'ca.crt': issuer.certificate, 'tls.crt': made.certificate, 'tls.key': made.key });
  await put('converter-tls-renewed', {});
  return { believed: [authority, issuer].map(({ certificate }) => certificate).join('\n') };
}

it("renews the converter's certificate when two thirds of its time are over, and the API server goes on believing it", async () => {
  const { believed } = await install(await newAuthority(began));
  const first = await filesOf('converter-tls');
  await pass(59 * dayMs);
  expect(renewed).toEqual([]);
  await pass(dayMs);
  expect(renewed).toEqual([['converter-tls']]);
  const second = await filesOf('converter-tls-renewed');
  expect(second.cert).not.toBe(first.cert);
  expect(await meet(second, { ca: believed }, host)).toBe(true);
  expect(await meet(second, { ca: believed }, 'gateway.openfunction.svc')).toBe(false);
  // What the chart made stays as it is, so that the chart can never bring it back.
  expect(await filesOf('converter-tls')).toEqual(first);
  await pass(dayMs);
  expect(renewed).toHaveLength(1);
});

it('leaves the authority that the CRDs name alone, and takes the next one from there at once', async () => {
  const [former, next] = [await newAuthority(began), await newAuthority(began)];
  const { believed } = await install(next, former);
  expect(await meet(await filesOf('converter-tls'), { ca: believed }, host)).toBe(true);
  await pass(2 * aWhileMs);
  expect(renewed).toEqual([['converter-tls']]);
  expect(await meet(await filesOf('converter-tls-renewed'), { ca: next.certificate }, host)).toBe(true);
  await pass(dayMs);
  expect(renewed).toHaveLength(1);
  expect(await filesOf('converter-authority')).toMatchObject({ ca: next.certificate });
});

it('does nothing while another replica leads', async () => {
  await install(await newAuthority(began));
  leads = false;
  await pass(80 * dayMs);
  expect(renewed).toEqual([]);
  leads = true;
  await pass(dayMs);
  expect(renewed).toEqual([['converter-tls']]);
});

it('renews what the parts show each other beside what the chart made, again and again', async () => {
  const authority = await newAuthority(began);
  await put('authority', { 'ca.crt': authority.certificate, 'ca.key': authority.key });
  await put('authority-renewed', {});
  const { certificate, key } = await issue({ authority, hosts: [host], days: 90, now: began });
  await put('gateway-tls', { 'ca.crt': authority.certificate, 'tls.crt': certificate, 'tls.key': key });
  await put('gateway-tls-renewed', {});
  await pass(60 * dayMs);
  expect(renewed).toEqual([['gateway-tls']]);
  const once = await filesOf('gateway-tls-renewed');
  await pass(60 * dayMs);
  expect(renewed).toEqual([['gateway-tls'], ['gateway-tls']]);
  expect((await filesOf('gateway-tls-renewed')).cert).not.toBe(once.cert);
  expect(await filesOf('gateway-tls')).toMatchObject({ cert: certificate });
});
