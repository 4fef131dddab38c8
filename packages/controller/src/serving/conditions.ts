import { servesByItselfReason, type Condition, type FunctionSpec } from '@openfunction/resources';
import type { ServingReport } from '../function/world.ts';

type Said = Pick<Condition, 'status' | 'reason' | 'message'>;

/** Why no warm instance of the pool serves it; undefined where one does, as mostly, and while that is not known. */
export function pooled(report: ServingReport | undefined): Said | undefined {
  if (report === undefined || !(report.verified || report.proven)) return undefined;
  const { isImage, unpooled } = report;
  if (isImage)
    return {
      status: 'False',
      reason: servesByItselfReason,
      message: 'The image is no function module, so its instances are containers of their own; the first request waits until one starts.',
    };
  if (unpooled.length === 0) return undefined;
  const fields = unpooled.map((path) => path.replace(/^spec\./, 'spec.serving.'));
  const message = `No instance of the pool has what these fields ask for, so the function has instances of its own: ${fields.join(', ')}.`;
  return { status: 'False', reason: 'OwnWorkload', message };
}

/** What is written for the engines of others is done by ours, which says so; undefined when nothing is. */
export function engine({ serving }: FunctionSpec): Said | undefined {
  const { scaleOptions, triggers, annotations = {} } = serving ?? {};
  const http = triggers?.http?.engine;
  const at = 'spec.serving';
  const named = [
    ...(http === undefined ? [] : [`${at}.triggers.http.engine (${http})`]),
    ...(scaleOptions?.knative === undefined ? [] : [`${at}.scaleOptions.knative`]),
    ...(['httpScaledObject', 'scaledObject', 'triggers'] as const)
      .filter((name) => scaleOptions?.keda?.[name] !== undefined)
      .map((name) => `${at}.scaleOptions.keda.${name}`),
    ...Object.keys(annotations)
      .filter((name) => name.startsWith('autoscaling.knative.dev/'))
      .map((name) => `${at}.annotations[${name}]`),
  ];
  if (named.length === 0) return undefined;
  const message = `Neither Knative nor KEDA is used: OpenFunction's own autoscaler does what these ask for: ${named.join(', ')}.`;
  return { status: 'True', reason: 'BuiltIn', message };
}
