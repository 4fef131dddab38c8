import { longestRequestMs } from '../autoscaling/annotations.ts';
import { autoscalingSettings, type AutoscalingInput } from '../autoscaling/read.ts';
import { durationMs } from '../duration.ts';
import type { ServingTemplateSpec } from '../function/schema.ts';

/** What a function says of the requests that it takes; what it does not say is absent. */
export interface RequestLimits {
  /** In flight at one instance; 0: as many as come. */
  containerConcurrency?: number;
  /** That wait for an instance, in each gateway. */
  queueLength?: number;
  requestTimeoutMs?: number;
}

/** The fields of the serving before the annotations that say the same. */
export function requestLimits(input: AutoscalingInput & { serving: ServingTemplateSpec }): RequestLimits {
  const { serving } = input;
  const said = autoscalingSettings(input);
  // 0 is no time that anything can take, and stands for the default.
  const fieldMs = durationMs(serving.requestTimeout ?? '0') || undefined;
  const requestTimeoutMs = fieldMs ?? said.requestTimeoutMs;
  const limits = {
    containerConcurrency: serving.containerConcurrency ?? said.containerConcurrency,
    queueLength: serving.queueLength ?? said.queueLength,
    requestTimeoutMs: requestTimeoutMs === undefined ? undefined : Math.min(longestRequestMs, Math.ceil(requestTimeoutMs)),
  };
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}
