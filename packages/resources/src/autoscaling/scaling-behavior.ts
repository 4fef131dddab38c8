import { z } from 'zod';
import { issueWords } from '../checks/issue-words.ts';
import { invalid, type FieldCause } from '../field-cause.ts';
import type { ServingTemplateSpec } from '../function/schema.ts';

/** How fast a HorizontalPodAutoscaler may change the count in one direction; what is not said is absent. */
export interface DirectedScaling {
  stabilizationWindowSeconds?: number;
  selectPolicy?: 'Max' | 'Min' | 'Disabled';
  policies?: readonly ScalingPolicy[];
}

export interface ScalingPolicy {
  type: 'Pods' | 'Percent';
  value: number;
  periodSeconds: number;
}

export interface ScalingBehavior {
  scaleUp: DirectedScaling;
  scaleDown: DirectedScaling;
}

type Keda = NonNullable<NonNullable<ServingTemplateSpec['scaleOptions']>['keda']>;
type Advanced = NonNullable<Keda['scaledObject']>['advanced'];

const mostPolicies = 32;
/** Kubernetes' own bounds. */
const policy = z.object({
  type: z.enum(['Pods', 'Percent']),
  value: z.int().min(1).max(2_147_483_647),
  periodSeconds: z.int().min(1).max(1800),
});
const rules = z.object({
  stabilizationWindowSeconds: z.int().min(0).max(3600).nullish(),
  selectPolicy: z.enum(['Max', 'Min', 'Disabled']).nullish(),
  policies: z.array(policy).min(1).max(mostPolicies).nullish(),
});
const schema = z
  .object({
    horizontalPodAutoscalerConfig: z
      .object({ behavior: z.object({ scaleUp: rules.nullish(), scaleDown: rules.nullish() }).nullish() })
      .nullish(),
  })
  .nullish();

/** What `advanced` of a scaledObject says of how fast the count may change; of what cannot be read, nothing. */
export function scalingBehavior(advanced: Advanced): ScalingBehavior {
  const read = schema.safeParse(advanced).data?.horizontalPodAutoscalerConfig?.behavior;
  return { scaleUp: said(read?.scaleUp), scaleDown: said(read?.scaleDown) };
}

/** What is wrong with `advanced` of a scaledObject, which its schema leaves open; `path` is where it stands. */
export function advancedCauses(advanced: Advanced, path: string): FieldCause[] {
  const { error } = schema.safeParse(advanced, { reportInput: true });
  return (error?.issues ?? []).map((issue) => invalid(textOf(issue.path, path), issueWords(issue)));
}

const known: readonly (readonly [keys: readonly string[], of: (advanced: unknown) => unknown, path: string])[] = [
  [['horizontalPodAutoscalerConfig'], (advanced) => advanced, ''],
  [['behavior'], (advanced) => at(advanced, 'horizontalPodAutoscalerConfig'), '.horizontalPodAutoscalerConfig'],
  [['scaleUp', 'scaleDown'], (advanced) => behaviorOf(advanced), '.horizontalPodAutoscalerConfig.behavior'],
  ...(['scaleUp', 'scaleDown'] as const).map(
    (direction) =>
      [
        ['stabilizationWindowSeconds', 'selectPolicy', 'policies'],
        (advanced: unknown) => at(behaviorOf(advanced), direction),
        `.horizontalPodAutoscalerConfig.behavior.${direction}`,
      ] as const,
  ),
];

/** Paths of what `advanced` says and nothing follows. */
export function unknownAdvanced(advanced: Advanced, path: string): string[] {
  return known.flatMap(([keys, of, below]) => {
    const map = of(advanced);
    if (typeof map !== 'object' || map === null) return [];
    return Object.keys(map).flatMap((key) => (keys.includes(key) ? [] : [`${path}${below}.${key}`]));
  });
}

function said(read: z.infer<typeof rules> | null | undefined): DirectedScaling {
  const { stabilizationWindowSeconds, selectPolicy, policies } = read ?? {};
  return {
    ...(stabilizationWindowSeconds == null ? {} : { stabilizationWindowSeconds }),
    ...(selectPolicy == null ? {} : { selectPolicy }),
    ...(policies == null ? {} : { policies }),
  };
}

function behaviorOf(advanced: unknown): unknown {
  return at(at(advanced, 'horizontalPodAutoscalerConfig'), 'behavior');
}

function at(map: unknown, key: string): unknown {
  return typeof map === 'object' && map !== null && Object.hasOwn(map, key) ? (map as Record<string, unknown>)[key] : undefined;
}

function textOf(keys: readonly PropertyKey[], path: string): string {
  return keys.reduce<string>((text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${String(key)}`), path);
}
