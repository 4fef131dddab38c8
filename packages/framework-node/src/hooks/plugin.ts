import type { FunctionContext } from '../context/function-context.ts';

/** The plugins of a function by name. */
export type Plugins = Readonly<Record<string, Plugin>>;

/**
 * What runs before and after every call. A file of the folder `plugins` beside the function exports a subclass with a
 * static `Name`, and the function's `hooks` name it.
 *
 * @example
 * export class Audit extends Plugin {
 *   static Name = 'audit';
 *   async execPreHook(ctx) { ctx.locals.began = Date.now(); }
 *   async execPostHook(ctx) { console.log(Date.now() - ctx.locals.began); }
 * }
 */
export class Plugin {
  /** Set of the class's static Name and Version when the plugin is made. */
  name = '';
  version = 'v1';

  /** An error that it throws fails the call with HookFailed; the function is then not called. */
  execPreHook(_ctx: FunctionContext, _plugins: Plugins): unknown {
    return undefined;
  }

  /** Also runs when the function threw; `ctx.error` has what. */
  execPostHook(_ctx: FunctionContext, _plugins: Plugins): unknown {
    return undefined;
  }

  /** A field of the plugin. */
  get(field: string): unknown {
    return (this as unknown as Record<string, unknown>)[field];
  }
}
