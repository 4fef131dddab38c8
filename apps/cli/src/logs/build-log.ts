import { createBuilderClient, type Transport } from '@openfunction/protocol';
import type { Builder } from '@openfunction/resources/nouns';

/** What a build wrote, line by line, until it has ended; of one whose log is not kept any more, nothing. */
export async function* buildLog(transport: Transport, { metadata }: Builder, signal: AbortSignal): AsyncGenerator<string> {
  const { namespace = '', name, uid = '' } = metadata;
  for await (const { text } of createBuilderClient(transport).log({ builder: `${namespace}/${name}`, uid }, signal))
    yield text.replace(/\n$/, '');
}
