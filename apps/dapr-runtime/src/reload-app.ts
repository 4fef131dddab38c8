import { followResources, type DaprApp } from '@openfunction/dapr-runtime';
import { realClock } from '@openfunction/reconcile';
import type { jsonLog } from './json-log.ts';

/** Has the app follow the files of its resources; those that cannot be used are told, and change nothing. */
export function reloadApp(app: DaprApp, paths: readonly string[], log: ReturnType<typeof jsonLog>): Promise<{ close(): Promise<void> }> {
  return followResources({
    paths,
    clock: realClock,
    onChange: async (resources) => {
      await app.reload(resources);
      log({ level: 'info', message: 'the resources were read anew' });
    },
    onError: (error) => {
      const why = error instanceof Error ? error.message : String(error);
      log({ level: 'error', message: 'the resources changed and cannot be used; what was there goes on', fields: { why } });
    },
  });
}
