import { registerHooks } from 'node:module';

const names: ReadonlySet<string> = new Set(['@openfunction/functions-framework', '@google-cloud/functions-framework']);

/** True for the names under which a function may import this framework. */
export function isOwnModule(id: string): boolean {
  return names.has(id);
}

/** Makes every `import` and `require` of these names get this running framework, so that there is one registry. */
export function supplyOwnModules(): void {
  const url = frameworkUrl(import.meta.url);
  registerHooks({ resolve: (id, context, next) => (isOwnModule(id) ? { url, shortCircuit: true } : next(id, context)) });
}

function frameworkUrl(own: string): string {
  // The runner in one file holds the framework too.
  if (own.endsWith('.cjs')) return own;
  return new URL(own.endsWith('.ts') ? './index.ts' : './index.js', own).href;
}
