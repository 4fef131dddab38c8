import type { Client } from '@openfunction/client';
import type { Pod } from '../connect/function-instances.ts';

/** What a pod's runner tells the platform before it is a function. */
export function isAnnouncement(line: string): boolean {
  return /^\{"sealingKey":"[\w-]+"\}$/.test(line);
}

export interface LinesOptions {
  tailLines?: number;
  follow?: boolean;
  signal: AbortSignal;
}

/** What one instance wrote as a function. */
export async function* linesOf(client: Pick<Client, 'logs'>, { metadata, spec }: Pod, options: LinesOptions): AsyncGenerator<string> {
  const pod = { namespace: metadata.namespace ?? '', name: metadata.name };
  const lines = client.logs(pod, { ...options, container: spec?.containers?.[0]?.name });
  for await (const line of lines) if (!isAnnouncement(line)) yield line;
}
