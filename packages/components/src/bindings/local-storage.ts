import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, realpath, unlink } from 'node:fs/promises';
import path from 'node:path';
import { ComponentError } from '../component-error.ts';
import { componentType, type ComponentType } from '../component-type.ts';
import { needed } from '../metadata/fields.ts';
import { nonEmpty } from '../metadata/parsers.ts';
import type { Binding, BindingRequest, BindingResponse } from './binding.ts';
import { textOfJson } from './text-of-json.ts';

/** `bindings.localstorage`: files below one folder. Links are not followed, and no name leads out of it. */
export const localStorageBinding: ComponentType<'bindings'> = componentType({
  block: 'bindings',
  fields: { rootPath: needed(nonEmpty) },
  open: async ({ rootPath }) => {
    await mkdir(rootPath, { recursive: true });
    const root = await realpath(rootPath);
    const operations: Record<string, (request: BindingRequest) => Promise<BindingResponse>> = {
      create: (request) => create(root, request),
      get: (request) => get(root, request),
      list: (request) => list(root, request),
      delete: (request) => remove(root, request),
    };
    const binding: Binding = {
      output: {
        operations: Object.keys(operations),
        invoke: async (request) => {
          const operation = Object.hasOwn(operations, request.operation) ? operations[request.operation] : undefined;
          if (operation !== undefined) return operation(request);
          const text = `The local storage binding cannot do "${request.operation}". Use one of: ${Object.keys(operations).join(', ')}.`;
          throw new ComponentError('OperationNotSupported', text);
        },
      },
      ping: async () => void (await lstat(root)),
      close: async () => {},
    };
    return binding;
  },
});

async function create(root: string, { data, metadata }: BindingRequest): Promise<BindingResponse> {
  const file = await inside(root, metadata['fileName'] ?? randomUUID(), 'make');
  const handle = await openFile(file, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC);
  await handle.writeFile(contentOf(data, metadata)).finally(() => handle.close());
  return json({ fileName: file });
}

async function get(root: string, { metadata }: BindingRequest): Promise<BindingResponse> {
  const handle = await openFile(await inside(root, nameOf(metadata)), constants.O_RDONLY);
  return {
    data: await handle
      .readFile()
      .finally(() => handle.close())
      .catch(notFound),
  };
}

async function list(root: string, { metadata }: BindingRequest): Promise<BindingResponse> {
  const folder = await inside(root, metadata['fileName'] ?? '.');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(notFound);
  return json(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .toSorted(),
  );
}

async function remove(root: string, { metadata }: BindingRequest): Promise<BindingResponse> {
  await unlink(await inside(root, nameOf(metadata))).catch(notFound);
  return {};
}

function nameOf(metadata: Record<string, string>): string {
  const name = metadata['fileName'];
  if (name === undefined || name === '')
    throw new ComponentError('RequestRejected', 'The local storage binding was given no file. Set metadata "fileName".');
  return name;
}

/** The path of a name below the root, whose folders are real ones; `make` makes those that are missing. */
async function inside(root: string, name: string, missing: 'make' | 'leave' = 'leave'): Promise<string> {
  const file = path.resolve(root, `./${name}`);
  const isBelow = file === root ? missing === 'leave' : file.startsWith(`${root}${path.sep}`);
  if (!isBelow || name.includes('\0') || path.isAbsolute(name)) throw outside(name);
  const folder = path.dirname(file);
  if (missing === 'make') await mkdir(folder, { recursive: true });
  const real = await realpath(file === root ? root : folder).catch(notFound);
  if (real !== root && !real.startsWith(`${root}${path.sep}`)) throw outside(name);
  return file === root ? root : path.join(real, path.basename(file));
}

function outside(name: string): ComponentError {
  return new ComponentError(
    'RequestRejected',
    `File ${JSON.stringify(name)} is outside the folder of the local storage binding. Use a name below it.`,
  );
}

async function openFile(file: string, flags: number): ReturnType<typeof open> {
  // Without O_NONBLOCK, a pipe that lies there would keep a thread for ever.
  return open(file, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o640).catch(notFound);
}

function notFound(error: unknown): never {
  const { code } = error as { code?: string };
  if (code === 'ENOENT' || code === 'ENOTDIR')
    throw new ComponentError('RequestRejected', 'There is no such file below the folder of the local storage binding. List what there is.');
  if (code === 'ELOOP' || code === 'EISDIR')
    throw new ComponentError('RequestRejected', 'The name is not that of a plain file. Use another one.');
  throw error;
}

function contentOf(data: Uint8Array, metadata: Record<string, string>): Uint8Array {
  const bytes = textOfJson(data);
  return metadata['decodeBase64'] === 'true' ? Buffer.from(Buffer.from(bytes).toString('latin1'), 'base64') : bytes;
}

function json(value: unknown): BindingResponse {
  return { data: Buffer.from(JSON.stringify(value)), contentType: 'application/json' };
}
