import { readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { FunctionError } from '../function-error.ts';
import type { Plugin } from './plugin.ts';
import type { Hooks } from './run-hooks.ts';

type PluginClass = { new (): Plugin; Name: string; Version?: string };

/** Makes the plugins that hooks name, from the files of the folder `plugins`. Throws HookNotFound; undefined when nothing is named. */
export async function loadPlugins(root: string, named: { preHooks: string[]; postHooks: string[] }): Promise<Hooks | undefined> {
  const names = new Set([...named.preHooks, ...named.postHooks]);
  if (names.size === 0) return undefined;
  const folder = path.join(root, 'plugins');
  const classes = await classesIn(folder);
  const plugins: Record<string, Plugin> = {};
  for (const name of names) {
    const found = classes.get(name);
    if (!found)
      throw new FunctionError(
        'HookNotFound',
        500,
        `The function cannot start: no class with the static Name "${name}" is exported by a file of the folder "plugins", which a hook names. Add it, or remove the hook.`,
      );
    const plugin = new found();
    plugin.name = name;
    plugin.version = found.Version ?? 'v1';
    plugins[name] = plugin;
  }
  const of = (list: string[]): Plugin[] => list.flatMap((name) => plugins[name] ?? []);
  return { pre: of(named.preHooks), post: of(named.postHooks), plugins };
}

async function classesIn(folder: string): Promise<Map<string, PluginClass>> {
  const found = new Map<string, PluginClass>();
  let files: string[] = [];
  try {
    files = readdirSync(folder);
  } catch {
    // No folder: every name is then missing, which is said by name.
  }
  for (const file of files.filter((name) => /\.[cm]?[jt]s$/.test(name) && !/\.d\.[cm]?ts$/.test(name))) {
    const module = (await import(pathToFileURL(path.join(folder, file)).href)) as Record<string, unknown>;
    const exported = [...Object.values(module), ...Object.values((module['default'] as object | undefined) ?? {})] as unknown[];
    for (const one of exported) if (isPluginClass(one)) found.set(one.Name, one);
  }
  return found;
}

function isPluginClass(value: unknown): value is PluginClass {
  return typeof value === 'function' && typeof (value as Partial<PluginClass>).Name === 'string' && value.prototype !== undefined;
}
