#!/usr/bin/env node
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { readContextDocument } from './context/context-document.ts';
import { FunctionError } from './function-error.ts';
import { functionServer } from './function-server.ts';
import { guardProcess } from './guard-process.ts';
import { loadPlugins } from './hooks/load-plugins.ts';
import { supplyOwnModules } from './own-modules.ts';
import { pickTarget } from './pick-target.ts';
import { registeredFunctions } from './registry.ts';

const help = `functions-framework: serves a function of this folder over HTTP

  --target NAME          export or registered name           FUNCTION_TARGET, else "function"
  --signature-type TYPE  http, cloudevent or openfunction    FUNCTION_SIGNATURE_TYPE, else http
  --source PATH          folder or file of the code          FUNCTION_SOURCE, else .
  --port PORT            where it listens                    PORT, else the function context's, else 8080
  --timeout SECONDS      answers 504 after so long           CLOUD_RUN_TIMEOUT_SECONDS, else never
`;

function options(env: NodeJS.ProcessEnv): { target: string; signature: string; source: string; port?: string; timeoutMs: number } {
  const { values } = parseArgs({
    options: {
      target: { type: 'string' },
      'signature-type': { type: 'string' },
      source: { type: 'string' },
      port: { type: 'string' },
      timeout: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    console.log(help);
    process.exit(0);
  }
  const timeoutMs = Number(values.timeout ?? env['CLOUD_RUN_TIMEOUT_SECONDS'] ?? 0) * 1000;
  const port = values.port ?? env['PORT'];
  if (!(timeoutMs >= 0)) refuse('--timeout takes a number of seconds.');
  if (port !== undefined && !/^\d{1,5}$/.test(port)) refuse('--port takes a number.');
  return {
    target: values.target ?? env['FUNCTION_TARGET'] ?? 'function',
    signature: values['signature-type'] ?? env['FUNCTION_SIGNATURE_TYPE'] ?? 'http',
    source: path.resolve(values.source ?? env['FUNCTION_SOURCE'] ?? '.'),
    port,
    timeoutMs,
  };
}

function refuse(why: string): never {
  console.error(`${why} See --help.`);
  process.exit(2);
}

async function serve({ target: name, signature, source, port, timeoutMs }: ReturnType<typeof options>): Promise<void> {
  const document = readContextDocument(process.env);
  supplyOwnModules();
  const file = fileOf(source);
  const target = pickTarget(name, signature, await import(pathToFileURL(file).href));
  const others = [...registeredFunctions().values()].filter((one) => one !== target);
  const hooks = await loadPlugins(path.dirname(file), document);
  const { server, failAll } = functionServer({ target, others, document, hooks, timeoutMs });
  guardProcess(failAll);
  server.listen(Number(port ?? document.port ?? 8080), () =>
    console.log(`Function "${name}" listens on ${JSON.stringify(server.address())}`),
  );
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      server.close(() => process.exit(0));
      server.closeIdleConnections();
    });
}

function fileOf(source: string): string {
  const { resolve } = createRequire(path.join(source, 'x.js'));
  try {
    return resolve(source);
  } catch {
    // Google's framework also takes a folder with a function.js.
    return resolve(path.join(source, 'function.js'));
  }
}

try {
  await serve(options(process.env));
} catch (error) {
  console.error(error instanceof FunctionError ? `${error.code}: ${error.message}` : error);
  process.exit(1);
}
