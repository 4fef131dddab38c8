import type { Block } from '@openfunction/components';
import type { BreakerPolicy } from './circuit-breaker.ts';
import type { PolicyNames, ResiliencyDocument } from './resiliency-document.ts';
import type { RetryPolicy } from './retry-policy.ts';

export type PolicyTarget =
  | { kind: 'app'; app: string }
  | { kind: 'component'; component: string; block: Block; direction: 'inbound' | 'outbound' };

/** What holds for one target. */
export interface Policy {
  timeoutMs?: number;
  retry?: RetryPolicy;
  breaker?: BreakerPolicy & { name: string };
}

const blockWords: Record<Block, string> = {
  state: 'Statestore',
  pubsub: 'Pubsub',
  bindings: 'Binding',
  secretstores: 'Secretstore',
  configuration: 'Configuration',
  lock: 'Lock',
};

/** The policies of a target: those that it names, else the defaults that reach it, the nearest first. Later documents come before earlier ones. */
export function resolvePolicy(documents: readonly ResiliencyDocument[], target: PolicyTarget): Policy {
  const latest = documents.toReversed();
  const named = namesOf(latest, target) ?? {};
  const pick = <T>(policies: (document: ResiliencyDocument) => ReadonlyMap<string, T>, kind: string, name: string | undefined) =>
    (name === undefined ? defaultsOf(target, kind) : [name]).flatMap((each) =>
      latest.flatMap((document) => entryOf(policies(document), each)),
    )[0];
  const timeout = pick(({ timeouts }) => timeouts, 'Timeout', named.timeout);
  const retry = pick(({ retries }) => retries, 'Retry', named.retry);
  const breaker = pick(({ circuitBreakers }) => circuitBreakers, 'CircuitBreaker', named.circuitBreaker);
  return {
    ...(timeout === undefined ? {} : { timeoutMs: timeout.policy }),
    ...(retry === undefined ? {} : { retry: retry.policy }),
    ...(breaker === undefined ? {} : { breaker: { ...breaker.policy, name: breaker.name } }),
  };
}

function entryOf<T>(policies: ReadonlyMap<string, T>, name: string): { name: string; policy: T }[] {
  const policy = policies.get(name);
  return policy === undefined ? [] : [{ name, policy }];
}

function namesOf(latest: readonly ResiliencyDocument[], target: PolicyTarget): PolicyNames | undefined {
  if (target.kind === 'app') return latest.map(({ apps }) => apps.get(target.app)).find((names) => names !== undefined);
  return latest.map(({ components }) => components.get(target.component)?.[target.direction]).find((names) => names !== undefined);
}

/** Names of default policies, from the most specific to the broadest. */
function defaultsOf(target: PolicyTarget, kind: string): string[] {
  const targets = target.kind === 'app' ? ['App', ''] : componentDefaults(target.block, target.direction);
  return targets.map((each) => `Default${each}${kind}Policy`);
}

function componentDefaults(block: Block, direction: 'inbound' | 'outbound'): string[] {
  const towards = direction === 'inbound' ? 'Inbound' : 'Outbound';
  return [`${blockWords[block]}Component${towards}`, `Component${towards}`, 'Component', ''];
}
