import { request } from 'node:http';
import { connect } from 'node:net';
import { withInstanceSocket } from '@openfunction/workload/instance-socket';

/** True when the control socket answers that the instance can be used. */
export function askHealth(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const call = request(
      { path: '/v1/health', timeout: 2000, createConnection: () => withInstanceSocket(socketPath, connect) },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body += chunk;
          if (body.length > 65_536) response.destroy();
        });
        response.on('close', () => resolve(response.statusCode === 200 && isUsable(body)));
      },
    );
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(false));
    call.end();
  });
}

function isUsable(body: string): boolean {
  try {
    const { state } = JSON.parse(body) as { state?: unknown };
    return state === 'Fresh' || state === 'Serving';
  } catch {
    return false;
  }
}
