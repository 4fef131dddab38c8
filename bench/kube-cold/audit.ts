import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

interface AuditEvent {
  stage: string;
  verb: string;
  requestReceivedTimestamp: string;
  user: { username: string };
  objectRef?: { resource?: string; subresource?: string; name?: string };
}

const writes = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

export interface Write {
  at: number;
  verb: string;
  what: string;
}

/** What the platform's accounts wrote since a time; Leases and the pool's refill (its Deployment) are left out. */
export function writesSince(auditLog: string, sinceMs: number): Write[] {
  return eventsOf(auditLog)
    .filter(
      ({ stage, verb, user }) =>
        stage === 'ResponseComplete' && writes.has(verb) && user.username.startsWith('system:serviceaccount:openfunction:'),
    )
    .filter(({ objectRef }) => objectRef?.resource !== 'leases' && objectRef?.resource !== 'deployments')
    .map(({ requestReceivedTimestamp, verb, objectRef }) => ({
      at: Date.parse(requestReceivedTimestamp),
      verb,
      what: [objectRef?.resource, objectRef?.subresource, objectRef?.name].filter(Boolean).join('/'),
    }))
    .filter(({ at }) => at >= sinceMs);
}

const tailBytes = 4 << 20;

function eventsOf(path: string): AuditEvent[] {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, tailBytes));
    readSync(file, bytes, 0, bytes.length, size - bytes.length);
    const lines = bytes.toString().split('\n');
    // The first may be cut off, and so may the last.
    return lines.slice(size > tailBytes ? 1 : 0, -1).map((line) => JSON.parse(line) as AuditEvent);
  } finally {
    closeSync(file);
  }
}
