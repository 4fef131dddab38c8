import type { Answer, Exchange, Group, Send } from './exchange.ts';
import { normalised } from './normalised.ts';

function filled(text: string, names: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\{([a-z][A-Za-z0-9]*)\}/g, (whole, name: string) => names.get(name) ?? whole);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A watch is answered with one JSON text a line. */
function parsed(text: string): unknown {
  const whole = json(text);
  if (whole !== undefined) return whole;
  const events = text
    .split('\n')
    .filter((line) => line !== '')
    .map(json);
  return events.includes(undefined) ? text : { events };
}

function pointed(value: unknown, pointer: string): string {
  const found = pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((at, part) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[part] : undefined), value);
  return typeof found === 'string' ? found : '';
}

function bodyOf({ body, method, type }: Exchange, names: ReadonlyMap<string, string>): { body?: string; headers: Record<string, string> } {
  const headers: Record<string, string> = { 'user-agent': 'recorded/1.0 (test)' };
  if (body === undefined) return { headers };
  headers['content-type'] = type ?? 'application/json';
  return { headers, body: filled(typeof body === 'string' && method !== 'DELETE' ? body : JSON.stringify(body), names) };
}

/** Sends the requests of a group in their order, and says what came back in a form that two servers can share. */
export async function runGroup(group: Group, send: Send, namespace: string): Promise<Record<string, Answer>> {
  const names = new Map([['ns', namespace]]);
  const answers: Record<string, Answer> = {};
  for (const exchange of group.exchanges) {
    const { body, headers } = bodyOf(exchange, names);
    if (exchange.accept !== undefined) headers['accept'] = exchange.accept;
    const answer = await send({
      method: exchange.method,
      path: filled(exchange.path, names),
      headers,
      ...(body === undefined ? {} : { body }),
    });
    const value = parsed(answer.text);
    for (const [name, pointer] of Object.entries(exchange.save ?? {})) names.set(name, pointed(value, pointer));
    answers[exchange.is] = normalised(
      { status: answer.status, ...(answer.warnings.length > 0 ? { warnings: answer.warnings } : {}), body: value },
      namespace,
    );
  }
  return answers;
}
