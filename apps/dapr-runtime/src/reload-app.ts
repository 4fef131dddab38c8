import { followResources, type DaprApp, type Resources } from '@openfunction/dapr-runtime';
import { realClock } from '@openfunction/reconcile';
import type { jsonLog } from './json-log.ts';

export interface ReloadAppOptions {
  app: DaprApp;
  paths: readonly string[];
  /** What the app was given. */
  since: Resources;
  log: ReturnType<typeof jsonLog>;
}

/** Has the app follow the files of its resources; those that cannot be used are told, and change nothing. */
export function reloadApp({ app, paths, since, log }: ReloadAppOptions): { close(): Promise<void> } {
  return followResources({
    paths,
    since,
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
