export interface AccessLogEntry {
  requestId: string;
  method: string;
  host: string;
  path: string;
  status: number;
  durationMs: number;
  waitedMs: number;
  serving: string;
  instance: string;
}

/** Writes one JSON line per request. */
export function accessLog(write: (line: string) => void, now: () => number): (entry: AccessLogEntry) => void {
  return (entry) => write(`${JSON.stringify({ time: new Date(now()).toISOString(), message: 'request', ...entry })}\n`);
}
