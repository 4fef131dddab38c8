import type { Client } from '@openfunction/client';
import type { KubeObject, ResourceKind } from '@openfunction/resources/nouns';
import type { Command } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { onPlatform } from '../on-platform.ts';
import { kindNamed } from '../show/kind-named.ts';
import { UsageError } from '../usage-error.ts';
import { showTables } from './show-tables.ts';

const forms = ['table', 'wide', 'name', 'yaml', 'json'];

export const run: Command['run'] = onPlatform({
  options: {
    output: { type: 'string', short: 'o', default: 'table' },
    'all-namespaces': { type: 'boolean', short: 'A', default: false },
    selector: { type: 'string', short: 'l' },
    watch: { type: 'boolean', short: 'w', default: false },
  },
  asks({ values, positionals }) {
    if (!forms.includes(values.output)) throw new UsageError(`--output takes one of ${forms.slice(1).join(', ')}, not "${values.output}".`);
    const [word = 'functions', ...names] = positionals;
    const kind = kindNamed(word);
    if (values['all-namespaces'] && names.length > 0) throw new UsageError('A name is of one namespace: leave --all-namespaces out.');
    const isTable = values.output === 'table' || values.output === 'wide';
    if (values.watch && (!isTable || names.length > 1)) throw new UsageError('--watch shows a table, of all or of one.');
    return { values, kind, names, isTable };
  },
  async run({ values, kind, names, isTable }, platform, context) {
    const isEverywhere = values['all-namespaces'] || !kind.namespaced;
    const scope = { namespace: isEverywhere ? undefined : platform.namespace, labelSelector: values.selector, signal: context.signal };
    if (isTable) {
      const shown = { kind, isWide: values.output === 'wide', isEverywhere: values['all-namespaces'], namespace: scope.namespace };
      return await showTables({ client: platform.client, names, scope, shown, isWatched: values.watch, context });
    }
    const objects =
      names.length > 0 ? await each(platform.client, kind, names, platform.namespace) : (await platform.client.list(kind, scope)).items;
    context.stdout.write(await shown(kind, objects, values.output, names.length === 1));
    return exitCodes.done;
  },
});

async function each(client: Client, kind: ResourceKind, names: string[], namespace: string): Promise<KubeObject[]> {
  return Promise.all(names.map((name) => client.need(kind, { namespace: kind.namespaced ? namespace : '', name })));
}

async function shown(kind: ResourceKind, objects: KubeObject[], form: string, isSingle: boolean): Promise<string> {
  const group = kind.group === '' ? '' : `.${kind.group}`;
  if (form === 'name') return objects.map(({ metadata }) => `${kind.kind.toLowerCase()}${group}/${metadata.name}\n`).join('');
  const value = isSingle ? objects[0] : { apiVersion: 'v1', kind: 'List', items: objects };
  if (form === 'json') return `${JSON.stringify(value, null, 2)}\n`;
  return (await import('yaml')).stringify(value);
}
