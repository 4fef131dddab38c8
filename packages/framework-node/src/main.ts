#!/usr/bin/env node
import { createRequire, registerHooks } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { functionServer } from './function-server.ts';
import type { Registered } from './registry.ts';
import { registeredFunctions } from './registry.ts';

const { values } = parseArgs({
  options: { target: { type: 'string' }, 'signature-type': { type: 'string' }, source: { type: 'string' }, port: { type: 'string' } },
});
const name = values.target ?? process.env['FUNCTION_TARGET'] ?? 'function';
const signature = values['signature-type'] ?? process.env['FUNCTION_SIGNATURE_TYPE'] ?? 'http';
const source = path.resolve(values.source ?? process.env['FUNCTION_SOURCE'] ?? '.');
const own = new Set(['@openfunction/functions-framework', '@google-cloud/functions-framework']);
const index = new URL(import.meta.url.endsWith('.ts') ? './index.ts' : './index.js', import.meta.url).href;
registerHooks({ resolve: (id, context, next) => (own.has(id) ? { url: index, shortCircuit: true } : next(id, context)) });

const file = createRequire(path.join(source, 'x.js')).resolve(source);
const code = (await import(pathToFileURL(file).href)) as Record<string, unknown> & { default?: Record<string, unknown> };
const fn = code[name] ?? code.default?.[name];
const known = registeredFunctions().get(name);
if (!known && (typeof fn !== 'function' || !['http', 'cloudevent', 'openfunction'].includes(signature))) {
  console.error(
    `Function "${name}" cannot start: ${file} neither exports nor registers it with a known signature. Check --target and --signature-type.`,
  );
  process.exit(1);
}
const target = known ?? ({ name, signature, fn } as Registered);
const { server } = functionServer({ target, others: [...registeredFunctions().values()].filter((one) => one !== target) });
server.listen(Number(values.port ?? process.env['PORT'] ?? 8080), () =>
  console.log(`Function "${name}" listens on ${JSON.stringify(server.address())}`),
);
process.once('SIGTERM', () => server.close(() => process.exit(0)));
