import type { ComponentContext } from '../component-context.ts';
import { parseMetadata, type Fields, type SettingsOf } from '../metadata/fields.ts';
import type { MetricType, Scaler } from './scaler.ts';
import { withEnvironment } from './with-environment.ts';

/** What a type of trigger knows of where it is used. */
export interface TriggerContext extends Pick<ComponentContext, 'name' | 'clock' | 'random' | 'report' | 'environment'> {
  /** How sentences name the trigger. */
  subject: string;
}

/** What a trigger's metadata comes to. Nothing is connected before the first reading. */
export interface Source extends Scaler {
  /** As KEDA names the metric. */
  metricName: string;
  target: number;
}

export interface ScalerType {
  readonly metricTypes: readonly MetricType[];
  /** Checks the metadata. */
  open(metadata: Readonly<Record<string, string>>, context: TriggerContext): Source;
}

export interface ScalerTypeOptions<F extends Fields> {
  fields: F;
  /** Fields that are taken from a variable only, so that no secret stands in a Function. */
  secrets?: readonly string[];
  metricTypes?: readonly MetricType[];
  open(settings: SettingsOf<F>, context: TriggerContext): Source;
}

export function scalerType<F extends Fields>(options: ScalerTypeOptions<F>): ScalerType {
  const { fields, secrets = [], metricTypes = ['AverageValue', 'Value'] } = options;
  return {
    metricTypes,
    open: (metadata, context) => {
      const given = withEnvironment(metadata, { ...context, fields, secrets });
      const { settings, ignored } = parseMetadata(fields, given, context.subject);
      for (const field of ignored)
        context.report({ level: 'warn', message: 'metadata without effect here', component: context.name, fields: { field } });
      return options.open(settings, context);
    },
  };
}
