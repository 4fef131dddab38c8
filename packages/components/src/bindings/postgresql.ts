import type { ParameterOrJSON } from 'postgres';
import { ComponentError } from '../component-error.ts';
import { componentType, type ComponentType } from '../component-type.ts';
import { answered, postgresDatabase, postgresFields, postgresOtherFields } from '../postgresql/postgres-database.ts';
import type { Binding, BindingRequest, BindingResponse } from './binding.ts';

const operations = ['exec', 'query', 'close'];

/** `bindings.postgresql`: one statement a call, its parameters apart from it. */
export const postgresBinding: ComponentType<'bindings'> = componentType({
  block: 'bindings',
  fields: { ...postgresOtherFields, ...postgresFields },
  open: async (settings, context) => {
    const sql = postgresDatabase(settings, context.name);
    const timeoutMs = settings.timeout;
    const ping = async (signal?: AbortSignal): Promise<void> => {
      await answered(sql`SELECT 1`, { what: 'PostgreSQL does not answer', timeoutMs, signal });
    };
    await ping().catch(async (error: unknown) => {
      await sql.end({ timeout: 0 });
      throw error;
    });

    async function run({ operation, metadata }: BindingRequest, signal?: AbortSignal): Promise<BindingResponse> {
      const statement = metadata['sql'];
      if (!statement) throw new ComponentError('RequestRejected', 'The PostgreSQL binding was given no statement. Set metadata "sql".');
      const parameters = parametersOf(metadata['params']);
      const started = context.clock.now();
      const rows = await answered(sql.unsafe(statement, parameters).values(), { what: 'The statement was not done', timeoutMs, signal });
      const ended = context.clock.now();
      return {
        ...(operation === 'query' ? { data: Buffer.from(JSON.stringify(rows, base64OfBytes)), contentType: 'application/json' } : {}),
        metadata: {
          operation,
          sql: statement,
          'start-time': new Date(started).toISOString(),
          'end-time': new Date(ended).toISOString(),
          duration: `${ended - started}ms`,
          ...(operation === 'exec' ? { 'rows-affected': String(rows.count) } : {}),
        },
      };
    }

    const binding: Binding = {
      output: {
        operations,
        invoke: async (request, signal) => {
          if (!operations.includes(request.operation))
            throw new ComponentError(
              'OperationNotSupported',
              `The PostgreSQL binding cannot do "${request.operation}". Use one of: ${operations.join(', ')}.`,
            );
          if (request.operation !== 'close') return run(request, signal);
          await sql.end({ timeout: 5 });
          return {};
        },
      },
      ping,
      close: async () => sql.end({ timeout: 5 }),
    };
    return binding;
  },
});

function parametersOf(params: string | undefined): ParameterOrJSON<never>[] {
  if (params === undefined || params === '') return [];
  try {
    const parsed: unknown = JSON.parse(params);
    if (Array.isArray(parsed)) return parsed.map(readableAsText);
  } catch {
    // Told below.
  }
  throw new ComponentError(
    'RequestRejected',
    'The parameters of the statement cannot be used: metadata "params" must be a JSON list. Correct it.',
  );
}

/** The client makes JSON of an object for a column of JSON, and `String(object)` for any other: both are to be JSON. */
function readableAsText(value: unknown): ParameterOrJSON<never> {
  if (typeof value === 'object' && value !== null) Object.defineProperty(value, 'toString', { value: () => JSON.stringify(value) });
  return value as ParameterOrJSON<never>;
}

function base64OfBytes(this: Record<string, unknown>, key: string, value: unknown): unknown {
  // Buffers have turned into objects by the time that they come here, so the holder is asked.
  const original = this[key];
  return original instanceof Uint8Array ? Buffer.from(original).toString('base64') : value;
}
