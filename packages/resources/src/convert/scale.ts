import { compact, fieldOf, filled, isMap, mapOf, mapsOf, picked, type JsonMap } from './json.ts';

const objectFields = ['pollingInterval', 'cooldownPeriod', 'advanced'];
const jobFields = ['restartPolicy', 'pollingInterval', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit', 'scalingStrategy'];

/** The scaler that holds in v1beta1, which may have both: the one that a trigger names, else the ScaledObject. */
function scalerOf(keda: JsonMap, triggers: readonly JsonMap[]): { isJob: boolean; scaler: JsonMap | undefined } {
  const [object, job] = [fieldOf(keda, 'scaledObject'), fieldOf(keda, 'scaledJob')];
  const isJob = isMap(job) && (!isMap(object) || triggers.some(({ targetKind }) => targetKind === 'job'));
  const scaler = isJob ? job : object;
  return { isJob, scaler: isMap(scaler) ? scaler : undefined };
}

/** The counts of a scaler hold for asynchronous functions alone: only they have one. */
export function scaleToStored(older: JsonMap, isAsync: boolean): { scaleOptions?: unknown; workloadType?: unknown } {
  const options = mapOf(fieldOf(older, 'scaleOptions'));
  const triggers = mapsOf(fieldOf(older, 'triggers'));
  const { isJob, scaler } = scalerOf(mapOf(fieldOf(options, 'keda')), triggers);
  const counts = isAsync ? mapOf(scaler) : {};
  const keda = compact({
    [isJob ? 'scaledJob' : 'scaledObject']: scaler && picked(scaler, isJob ? jobFields : objectFields),
    triggers: filled(triggers.map(({ targetKind: _kind, ...trigger }) => trigger)),
  });
  const scaleOptions = compact({
    minReplicas: (isJob ? undefined : fieldOf(counts, 'minReplicaCount')) ?? fieldOf(options, 'minReplicas'),
    maxReplicas: fieldOf(counts, 'maxReplicaCount') ?? fieldOf(options, 'maxReplicas'),
    knative: fieldOf(options, 'knative'),
    keda: filled(keda),
  });
  return { scaleOptions: filled(scaleOptions), workloadType: isJob ? 'Job' : fieldOf(mapOf(scaler), 'workloadType') };
}

export function scaleFromStored(stored: JsonMap, isAsync: boolean): { scaleOptions?: unknown; triggers?: unknown } {
  const { minReplicas, maxReplicas, knative, ...rest } = mapOf(fieldOf(stored, 'scaleOptions'));
  const keda = mapOf(fieldOf(rest, 'keda'));
  const [object, job] = [fieldOf(keda, 'scaledObject'), fieldOf(keda, 'scaledJob')];
  const type = fieldOf(stored, 'workloadType');
  const [ownsMinimum, ownsMaximum] = [isAsync && isMap(object), isAsync && (isMap(object) || isMap(job))];
  const scaledObject = isMap(object) && {
    workloadType: type === 'Deployment' || type === 'StatefulSet' ? type : undefined,
    ...picked(object, objectFields),
    minReplicaCount: ownsMinimum ? minReplicas : undefined,
    maxReplicaCount: ownsMaximum ? maxReplicas : undefined,
  };
  const scaledJob = isMap(job) && { ...picked(job, jobFields), maxReplicaCount: ownsMaximum ? maxReplicas : undefined };
  const scalers = { ...(scaledObject && { scaledObject: compact(scaledObject) }), ...(scaledJob && { scaledJob: compact(scaledJob) }) };
  const scaleOptions = compact({
    minReplicas: ownsMinimum ? undefined : minReplicas,
    maxReplicas: ownsMaximum ? undefined : maxReplicas,
    knative,
    keda: filled(scalers),
  });
  return { scaleOptions: filled(scaleOptions), triggers: filled(mapsOf(fieldOf(keda, 'triggers'))) };
}
