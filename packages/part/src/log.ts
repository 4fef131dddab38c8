/** One line of JSON for each message. Messages are fixed; what differs is in the fields. */
export type Log = (message: string, fields?: unknown) => void;

function plain(value: unknown): unknown {
  if (value instanceof Error)
    return { name: value.name, message: value.message, ...('code' in value ? { code: value.code } : {}), stack: value.stack };
  return value;
}

function fieldsOf(given: unknown): Record<string, unknown> {
  if (given === undefined) return {};
  if (given instanceof Error || typeof given !== 'object' || given === null) return { error: plain(given) };
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, plain(value)]));
}

export function jsonLog(part: string, write: (line: string) => void, now: () => Date = () => new Date()): Log {
  return (message, fields) => write(`${JSON.stringify({ time: now().toISOString(), part, message, ...fieldsOf(fields) })}\n`);
}
