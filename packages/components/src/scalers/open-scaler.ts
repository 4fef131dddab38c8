import { ComponentError } from '../component-error.ts';
import { didYouMean } from '../nearest-name.ts';
import { boundedReading } from './bounded-reading.ts';
import type { MetricType, OpenedScaler, ScalerContext, TriggerDocument } from './scaler.ts';
import { refusedTriggers, scalerRegistry } from './scaler-registry.ts';
import type { ScalerType, TriggerContext } from './scaler-type.ts';

/**
 * Opens a trigger: its type, metadata and metric type are checked, and refused with the nearest known name or the reason.
 * Its server is connected when it is first read, so a server that is away makes readings fail and not the opening.
 */
export async function openScaler(trigger: TriggerDocument, context: ScalerContext): Promise<OpenedScaler> {
  context.signal?.throwIfAborted();
  const name = trigger.name ?? trigger.type;
  const subject = `Trigger "${name}"`;
  const load = loaderOf(trigger.type, subject);
  refuseAuthentication(trigger, subject);
  const type = await load();
  const metricType = metricTypeOf(trigger, type, subject);
  const { clock, random, environment, report } = context;
  const given: TriggerContext = { name, subject, clock, random, environment, report };
  const source = type.open(trigger.metadata, given);
  if (trigger.useCachedMetrics === true)
    report({ level: 'warn', message: 'useCachedMetrics is without effect here: each reading asks the source', component: name });
  return { name: trigger.name ?? source.metricName, target: source.target, metricType, ...boundedReading(source, given) };
}

function loaderOf(type: string, subject: string): () => Promise<ScalerType> {
  const load = Object.hasOwn(scalerRegistry, type) ? scalerRegistry[type] : undefined;
  if (load !== undefined) return load;
  const why = Object.hasOwn(refusedTriggers, type) ? refusedTriggers[type] : undefined;
  if (why !== undefined)
    throw new ComponentError(
      'OperationNotSupported',
      `${subject} cannot be opened: type "${type}" is KEDA's and not supported, for ${why}.`,
    );
  throw new ComponentError(
    'ComponentTypeUnknown',
    `${subject} cannot be opened: there is no type "${type}" of triggers. ${didYouMean(type, Object.keys(scalerRegistry))}`,
  );
}

function refuseAuthentication({ authenticationRef }: TriggerDocument, subject: string): void {
  if (authenticationRef === undefined || authenticationRef === null) return;
  throw new ComponentError(
    'OperationNotSupported',
    `${subject} cannot be opened: authenticationRef names an object of KEDA's, and there are none here. Put each secret into a variable of the function's container, by valueFrom.secretKeyRef, and give the variable's name in the metadata, for example passwordFromEnv.`,
  );
}

function metricTypeOf({ metricType = 'AverageValue', type: name }: TriggerDocument, type: ScalerType, subject: string): MetricType {
  const found = type.metricTypes.find((each) => each === metricType);
  if (found !== undefined) return found;
  throw new ComponentError(
    'ComponentInvalid',
    `${subject} cannot be opened: a ${name} trigger has no metricType "${metricType}". Use ${type.metricTypes.join(' or ')}.`,
  );
}
