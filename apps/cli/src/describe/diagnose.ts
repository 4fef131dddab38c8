import { isFailedState, type Condition } from '@openfunction/resources/nouns';
import { advice } from './advice.ts';
import { isOwnedBy } from '../connect/function-instances.ts';
import { podTrouble } from './pod-trouble.ts';
import type { FunctionWorld } from './world.ts';

/** Something to be said of a function: `wrong` keeps it from serving as written, `waiting` passes, `note` changes nothing for callers. */
export interface Finding {
  is: 'wrong' | 'waiting' | 'note';
  says: string;
  /** What to do about it. */
  todo: string;
}

/**
 * Looks at a function from its manifest to its instances, and says what keeps it from serving. What follows from an earlier
 * trouble is left out. Nothing: it serves.
 */
export function diagnose(world: FunctionWorld): Finding[] {
  const first = beforeAnything(world);
  if (first !== undefined) return [first];
  const chain = [refused, build, version, running, instances];
  const found = chain.map((look) => look(world)).find((findings) => findings.length > 0) ?? [];
  const all = [...found, ...(refused(world).length > 0 ? [] : [...route(world), ...messages(world)])];
  return distinct([...(all.length > 0 ? all : unexplained(world)), ...ignoredFields(world)]);
}

function beforeAnything({ fn }: FunctionWorld): Finding | undefined {
  const { deletionTimestamp, finalizers = [], generation = 0 } = fn.metadata;
  if (deletionTimestamp !== undefined) {
    const held = finalizers.length === 0 ? '' : ` It waits for ${finalizers.join(', ')}.`;
    return { is: 'waiting', says: `It is being deleted.${held}`, todo: 'If it stays so, see whether what its finalizers name still runs.' };
  }
  const conditions = fn.status?.conditions ?? [];
  const seen = condition(conditions, 'Ready');
  const todo = 'If it stays so, the controller does not run: ask "ofn doctor" here, "kubectl get pods -n openfunction" on a cluster.';
  if (seen === undefined) return { is: 'waiting', says: 'The controller has not looked at it yet.', todo };
  if ((seen.observedGeneration ?? 0) >= generation) return undefined;
  return { is: 'waiting', says: 'The controller has not looked at its newest manifest yet.', todo };
}

function refused({ fn }: FunctionWorld): Finding[] {
  const accepted = condition(fn.status?.conditions, 'Accepted');
  if (accepted?.status !== 'False') return [];
  return [
    wrong(`The manifest is refused: ${text(accepted)}`, advice(accepted.reason, fn.metadata.name, 'Correct it, and apply it again.')),
  ];
}

function build({ fn, builders, pods }: FunctionWorld): Finding[] {
  const { name } = fn.metadata;
  const { state = '', reason, message, resourceRef } = fn.status?.build ?? {};
  const builder = builders.find(({ metadata }) => metadata.name === resourceRef);
  if (isFailedState(state)) {
    const why = message || builder?.status?.message || 'it says no more';
    const how = state === 'Canceled' ? 'was cancelled' : state === 'Timeout' ? 'took too long' : 'failed';
    const todo = advice(reason, name, 'Correct the source, and deploy it again.');
    return [wrong(`The build ${how}: ${why}${keptNote(fn.status?.serving?.lastSuccessfulResourceRef)}`, todo)];
  }
  if (!['Created', 'Building'].includes(state)) return [];
  const stuck = pods.filter((pod) => isOwnedBy(pod, builder)).flatMap((pod) => podTrouble(pod) ?? []);
  if (stuck.length > 0)
    return stuck.map((trouble) => wrong(`The build cannot run: ${trouble.message}`, advice(trouble.reason, name, 'See its pod.')));
  return [
    { is: 'waiting', says: state === 'Building' ? 'It is being built.' : 'It waits to be built.', todo: 'Wait a moment, and ask again.' },
  ];
}

function version({ fn, pods, servings }: FunctionWorld): Finding[] {
  const { name } = fn.metadata;
  const { state = '', reason, message, resourceRef, lastSuccessfulResourceRef } = fn.status?.serving ?? {};
  const kept = lastSuccessfulResourceRef === resourceRef ? '' : keptNote(lastSuccessfulResourceRef);
  if (isFailedState(state)) {
    const todo = advice(reason, name, `See what it wrote with "ofn logs ${name}", correct it, and deploy it again.`);
    return [wrong(`The newest version does not start: ${message || reason || 'no reason is known'}${kept}`, todo)];
  }
  if (state !== 'Starting') return [];
  const serving = servings.find(({ metadata }) => metadata.name === resourceRef);
  const stuck = pods.filter((pod) => isOwnedBy(pod, serving)).flatMap((pod) => podTrouble(pod) ?? []);
  if (stuck.length > 0)
    return stuck.map((trouble) =>
      wrong(
        `The newest version cannot start: ${trouble.message}${kept}`,
        advice(trouble.reason, name, `Look at it with "ofn logs ${name}".`),
      ),
    );
  return [{ is: 'waiting', says: `The newest version (${resourceRef}) starts.${kept}`, todo: 'Wait a moment, and ask again.' }];
}

/** It was ready once, and no instance of it starts now. */
function running({ fn }: FunctionWorld): Finding[] {
  const { state, reason, message } = fn.status?.serving ?? {};
  if (state !== 'Running' || !reason || (fn.status?.replicas ?? 0) > 0) return [];
  const todo = advice(reason, fn.metadata.name, `See what it wrote with "ofn logs ${fn.metadata.name}".`);
  return [wrong(`No instance of it starts, so callers get an error: ${message || reason}`, todo)];
}

function route({ fn }: FunctionWorld): Finding[] {
  const all = [condition(fn.status?.conditions, 'RouteReady'), ...(fn.status?.route?.conditions ?? [])];
  return all.flatMap((one) =>
    one?.status === 'False'
      ? [
          wrong(
            `It cannot be reached as written: ${text(one)}`,
            advice(one.reason, fn.metadata.name, 'Correct spec.serving.triggers.http.route.'),
          ),
        ]
      : [],
  );
}

/** What it names is not open, for messages or for what it calls. */
function messages({ fn }: FunctionWorld): Finding[] {
  const delivering = condition(fn.status?.conditions, 'Delivering');
  if (delivering === undefined || delivering.status === 'Unknown' || delivering.message === '') return [];
  const todo = advice(delivering.reason, fn.metadata.name, 'Correct what the message names; it is tried again by itself.');
  const what =
    delivering.status === 'True' ? 'It is not scaled by what waits' : 'Its messages do not come, or its components cannot be used';
  return [wrong(`${what}: ${text(delivering)}`, todo)];
}

function instances({ fn, servings, pods }: FunctionWorld): Finding[] {
  const { name } = fn.metadata;
  const serving = servings.find(({ metadata }) => metadata.name === fn.status?.serving?.lastSuccessfulResourceRef);
  const own = pods.filter((pod) => isOwnedBy(pod, serving));
  const troubles = own.flatMap((pod) => {
    const trouble = podTrouble(pod);
    const todo = advice(trouble?.reason, name, `Look at what it wrote with "ofn logs ${name}".`);
    return trouble === undefined ? [] : [wrong(`Instance ${pod.metadata.name} does not run: ${trouble.message}`, todo)];
  });
  const wanted = serving?.spec.scaleOptions?.minReplicas ?? 0;
  const up = own.filter(({ status }) => status?.phase === 'Running').length;
  if (troubles.length > 0 || up >= wanted) return troubles;
  return [
    wrong(`${up} of at least ${wanted} instances run.`, `They are started again and again; "ofn logs ${name}" may say why they end.`),
  ];
}

/** Ready is not true, and none of the looks above knows why. */
function unexplained({ fn }: FunctionWorld): Finding[] {
  const ready = condition(fn.status?.conditions, 'Ready');
  if (ready?.status === 'True' || ready === undefined) return [];
  if (ready.status === 'Unknown')
    return [{ is: 'waiting', says: `It is not ready yet: ${text(ready)}`, todo: 'Wait a moment, and ask again.' }];
  return [wrong(`It is not ready: ${text(ready)}`, 'Its conditions and events above say more.')];
}

function ignoredFields({ fn }: FunctionWorld): Finding[] {
  const honoured = condition(fn.status?.conditions, 'Honoured');
  if (honoured?.status !== 'False') return [];
  return [{ is: 'note', says: text(honoured), todo: 'Take them out, or run it where they have one.' }];
}

function distinct(findings: Finding[]): Finding[] {
  return findings.filter(({ says }, at) => findings.findIndex((one) => one.says === says) === at);
}

function wrong(says: string, todo: string): Finding {
  return { is: 'wrong', says, todo };
}

function keptNote(last: string | undefined): string {
  return last === undefined ? '' : `\nCallers still get the version before (${last}).`;
}

function condition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((one) => one.type === type);
}

function text({ reason, message }: Condition): string {
  return message || reason;
}
