import type { TemplateField } from '@openfunction/workload';

const ofRunners: readonly TemplateField[] = ['env', 'memory', 'ephemeralStorage', 'deadlineSeconds'];
// Images are kept by their content, so the registry is always asked, and nothing is pulled twice.
const ofContainers: readonly TemplateField[] = ['files', 'command', 'ports', 'imagePullPolicy', 'probes'];

/** What of a template has an effect on this machine. */
export function honours(can: { runContainers: boolean; limitCpu: boolean }): ReadonlySet<TemplateField> {
  return new Set([
    ...ofRunners,
    ...(can.runContainers ? ofContainers : []),
    ...(can.runContainers && can.limitCpu ? (['imageCpu'] as const) : []),
  ]);
}
