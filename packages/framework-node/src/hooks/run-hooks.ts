import type { FunctionContext } from '../context/function-context.ts';
import { FunctionError } from '../function-error.ts';
import type { Plugin, Plugins } from './plugin.ts';

/** The hooks of a function in the order they run in. */
export interface Hooks {
  pre: readonly Plugin[];
  post: readonly Plugin[];
  plugins: Plugins;
}

/** Runs a function between its hooks. What the function threw is thrown again after the post hooks. */
export async function runHooked(hooks: Hooks, ctx: FunctionContext, call: () => unknown): Promise<unknown> {
  for (const plugin of hooks.pre) await runHook(plugin, 'execPreHook', ctx, hooks.plugins);
  let value: unknown;
  let threw = false;
  try {
    value = await call();
  } catch (error) {
    threw = true;
    ctx.error = error;
  }
  for (const plugin of hooks.post) await runHook(plugin, 'execPostHook', ctx, hooks.plugins);
  if (threw) throw ctx.error;
  return value;
}

async function runHook(plugin: Plugin, hook: 'execPreHook' | 'execPostHook', ctx: FunctionContext, plugins: Plugins): Promise<void> {
  try {
    await plugin[hook]?.(ctx, plugins);
  } catch (error) {
    throw new FunctionError('HookFailed', 500, `${hook} of the plugin "${plugin.name}" failed. The function's log has the reason.`, {
      cause: error,
    });
  }
}
