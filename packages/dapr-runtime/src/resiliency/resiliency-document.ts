import type { BreakerPolicy } from './circuit-breaker.ts';
import type { RetryPolicy } from './retry-policy.ts';

/** Names of policies; one that is left out falls back to the default of its target. */
export interface PolicyNames {
  timeout?: string;
  retry?: string;
  circuitBreaker?: string;
}

/** A `Resiliency` of dapr.io/v1alpha1. */
export interface ResiliencyDocument {
  name: string;
  namespace?: string;
  /** Apps that it is for; empty for all. */
  scopes: string[];
  timeouts: ReadonlyMap<string, number>;
  retries: ReadonlyMap<string, RetryPolicy>;
  circuitBreakers: ReadonlyMap<string, BreakerPolicy>;
  /** By the name of the app that is called. */
  apps: ReadonlyMap<string, PolicyNames>;
  components: ReadonlyMap<string, { inbound: PolicyNames; outbound: PolicyNames }>;
  /** What it says that has no effect here. */
  withoutEffect: string[];
}
