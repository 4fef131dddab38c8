import type { Condition } from '@openfunction/resources';
import type { FunctionWorld } from './world.ts';

/** What is wrong with a function, and what to do about it. */
export interface Finding {
  problem: string;
  todo: string;
}

const byReason: Record<string, (name: string) => string> = {
  BuildTimeout: () => 'Raise spec.build.timeout, or make the build smaller.',
  BuilderNotSupported: () => 'Use a builder that this platform has; the message names them.',
  NoInstance: () => 'Make the pool larger (--pool-size of "ofn up", pool.size of the chart), and look at "ofn doctor".',
  NamespaceNotEnabled: () => 'Enable the namespace with the command that the message has.',
  ReferenceNotFound: () => 'Create the Secret or ConfigMap, or correct its name or key.',
  ArtifactNotFound: () => 'Push the image, or correct spec.image and spec.imageCredentials.',
  ArtifactNotRunnable: () => 'Build the function with spec.build, or name the image of a module artifact.',
  HostnameConflict: () => 'Give one of the two functions another host name.',
};

/** Pure: looks at a function from its manifest to its instances, and names what keeps it from serving. Nothing: it serves. */
export function diagnose({ fn, builders, servings, pods }: FunctionWorld): Finding[] {
  const { name } = fn.metadata;
  const { build, serving, conditions = [] } = fn.status ?? {};
  const findings: Finding[] = [];
  if (conditions.length === 0) {
    return [
      {
        problem: 'The controller has not looked at it yet.',
        todo: 'If this stays so, the controller does not run: "ofn doctor" says more.',
      },
    ];
  }
  const stale = conditions.find(({ type }) => type === 'Ready')?.observedGeneration ?? 0;
  if (stale < (fn.metadata.generation ?? 0)) {
    findings.push({
      problem: 'The status is of an older version of the manifest.',
      todo: 'Wait a moment. If it stays so, look at the log of the controller.',
    });
  }
  const refused = falseOnes(conditions, ['Accepted']);
  for (const { reason, message } of refused)
    findings.push({ problem: message || reason, todo: adviceFor(reason, name) ?? 'Correct the manifest, and apply it again.' });
  if (refused.length === 0 && isOver(build?.state)) {
    const why =
      build?.message ?? builders.find(({ metadata }) => metadata.name === build?.resourceRef)?.status?.message ?? 'the build says no more';
    const todo = adviceFor(build?.reason, name) ?? 'Correct the source, and deploy it again.';
    findings.push({ problem: `The build ended as ${build?.state}: ${why}`, todo });
  } else if (refused.length === 0 && isOver(serving?.state)) {
    const kept = serving?.lastSuccessfulResourceRef !== undefined && serving.lastSuccessfulResourceRef !== serving.resourceRef;
    const note = kept ? ` Callers still get the version before (${serving.lastSuccessfulResourceRef}).` : '';
    const todo = adviceFor(serving?.reason, name) ?? `See what it wrote with "ofn logs ${name}", correct it, and deploy it again.`;
    findings.push({
      problem: `The newest version does not start: ${serving?.message ?? serving?.reason ?? 'no reason is known'}.${note}`.replace(
        '..',
        '.',
      ),
      todo,
    });
  }
  for (const { reason, message } of falseOnes(fn.status?.route?.conditions ?? [], ['Accepted', 'Programmed'])) {
    findings.push({
      problem: `A route is refused: ${message}`,
      todo: adviceFor(reason, name) ?? 'Correct spec.serving.triggers.http.route.',
    });
  }
  const wanted = servings.find(({ metadata }) => metadata.name === serving?.lastSuccessfulResourceRef)?.spec.scaleOptions?.minReplicas ?? 0;
  const running = pods.filter(({ status }) => status?.phase === 'Running').length;
  if (findings.length === 0 && running < wanted) {
    findings.push({
      problem: `${running} of at least ${wanted} instances run.`,
      todo: `They are started again and again; "ofn logs ${name}" may say why they end.`,
    });
  }
  return findings;
}

function isOver(state: string | undefined): boolean {
  return ['Failed', 'Timeout', 'Canceled', 'UnknownRuntime'].includes(state ?? '');
}

function falseOnes(conditions: readonly Condition[], types: string[]): Condition[] {
  return conditions.filter(({ type, status }) => status === 'False' && types.includes(type));
}

function adviceFor(reason: string | undefined, name: string): string | undefined {
  return reason !== undefined && Object.hasOwn(byReason, reason) ? byReason[reason]?.(name) : undefined;
}
