import { registerHooks } from 'node:module';

const names: ReadonlySet<string> = new Set(['@openfunction/functions-framework', '@google-cloud/functions-framework']);

/** True for the names under which a function may import this framework. */
export function isOwnModule(id: string): boolean {
  return names.has(id);
}

/** Makes every `import` and `require` of these names get this running framework, so that there is one registry. */
export function supplyOwnModules(): void {
  const url = new URL(import.meta.url.endsWith('.ts') ? './index.ts' : './index.js', import.meta.url).href;
  registerHooks({ resolve: (id, context, next) => (isOwnModule(id) ? { url, shortCircuit: true } : next(id, context)) });
}
