import { request } from 'node:http';
import { connect } from 'node:net';
import { withInstanceSocket } from '@openfunction/workload/instance-socket';
import type { ProbeAnswer } from './prober.ts';
import type { Probe } from './probes.ts';

/** What the one that asks takes beside the answer. */
const overMs = 2000;
const longestAnswer = 4096;

/** Has a container asked from within its own network, by what listens on this socket. */
export function askProbe(socketPath: string, { target, timeoutMs }: Pick<Probe, 'target' | 'timeoutMs'>): Promise<ProbeAnswer> {
  const query = new URLSearchParams({ target: JSON.stringify(target), timeoutMs: String(timeoutMs) });
  const nobody: ProbeAnswer = { isGood: false, said: 'it has no network yet' };
  return new Promise((resolve) => {
    const call = request(
      {
        path: `/v1/probe?${query.toString()}`,
        signal: AbortSignal.timeout(timeoutMs + overMs),
        createConnection: () => withInstanceSocket(socketPath, connect),
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body += chunk;
          if (body.length > longestAnswer) response.destroy();
        });
        response.on('error', () => undefined);
        response.on('close', () => resolve(answerIn(body) ?? nobody));
      },
    );
    call.on('error', () => resolve(nobody));
    call.end();
  });
}

function answerIn(body: string): ProbeAnswer | undefined {
  try {
    const { isGood, said } = JSON.parse(body) as { isGood?: unknown; said?: unknown };
    return typeof isGood === 'boolean' ? { isGood, said: String(said) } : undefined;
  } catch {
    return undefined;
  }
}
