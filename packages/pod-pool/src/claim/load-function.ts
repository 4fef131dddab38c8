import type { KeyObject } from 'node:crypto';
import { digestOf, type FetchedArtifact } from '@openfunction/artifact';
import type { LoadResponse } from '@openfunction/protocol';
import type { FreshInstance } from '../instances/fresh-stock.ts';
import { TimeoutError } from '../instances/instance-call.ts';
import type { InstanceControl, LoadParts } from '../instances/instance-control.ts';
import { functionUidOf, type ServingWorld } from '../serving/world.ts';
import { ClaimError } from './claim-error.ts';
import { sealSettings } from './seal.ts';
import { nonceOf, signTicket } from './ticket.ts';

export interface LoadInput {
  world: ServingWorld;
  fresh: FreshInstance;
  fetched: FetchedArtifact;
  settings: object;
  control: InstanceControl;
  privateKey: KeyObject;
  now: number;
  timeoutMs: number;
}

const ticketTermMs = 60_000;
const nothing = new Uint8Array();

/** Loads the function into one Fresh instance; throws a {@link ClaimError} when it did not take it. */
export async function loadFunction(input: LoadInput): Promise<void> {
  const { control, fresh, timeoutMs } = input;
  const answer = await control
    .load(fresh.instance.endpoints.control, () => partsOf(input), { timeoutMs, line: fresh.line })
    .catch((cause: unknown) => {
      throw unanswered(cause, timeoutMs);
    });
  if (!answer.loaded) throw refused(answer);
}

function partsOf({ world, fetched, fresh, privateKey, now, ...input }: LoadInput): LoadParts {
  const { instance, codeCacheKey } = fresh;
  const { bundle, assets } = fetched.artifact;
  const cache = fetched.caches.find(({ key }) => key === codeCacheKey);
  const settings = Buffer.from(JSON.stringify(input.settings));
  const ticket = signTicket(
    {
      instance: instance.id,
      serving: world.id,
      functionUid: functionUidOf(world.serving),
      generation: world.serving.metadata.generation ?? 0,
      bundleDigest: fetched.parts.bundle,
      assetsDigest: fetched.parts.assets ?? '',
      cacheDigest: cache?.digest ?? '',
      settingsDigest: digestOf(settings),
      expiresAtMs: now + ticketTermMs,
      nonce: nonceOf(instance.id, privateKey),
    },
    privateKey,
  );
  const sent = instance.sealingKey === undefined ? settings : sealSettings(settings, instance.sealingKey);
  return { ticket, settings: sent, bundle, assets, codeCache: cache?.bytes ?? nothing };
}

function unanswered(cause: unknown, timeoutMs: number): ClaimError {
  if (cause instanceof TimeoutError)
    return new ClaimError('LoadTimeout', `The function's module did not load within ${timeoutMs} ms. Do less while it loads.`, { cause });
  return new ClaimError('InstanceDied', 'The instance ended while the function was loaded. The log of the function may say why.', {
    retriable: true,
    cause,
  });
}

const maxSaid = 1000;
const blamesCode = new Set(['LoadFailed', 'LoadTimeout', 'TargetNotFound', 'InvalidSettings', 'InvalidAssets', 'NotSupported']);

function refused({ code, message, detail }: LoadResponse): ClaimError {
  const known = /^[A-Z][A-Za-z]{0,63}$/.test(code) ? code : 'LoadFailed';
  const retriable = !blamesCode.has(known);
  // The code of the function shares the instance's process, so all of this may be what it likes.
  return new ClaimError(known, (message || 'The instance refused to load the function.').slice(0, maxSaid), {
    retriable,
    detail: detail.slice(0, maxSaid),
  });
}
