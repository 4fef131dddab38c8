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

export interface AccessLog {
  (entry: AccessLogEntry): void;
  /** Writes what is kept back. */
  flush(): void;
}

const flushAtChars = 65_536;

/** One JSON line per request, written many at a time: when 64 KB have come together, and on `flush`. */
export function accessLog(write: (lines: string) => void, now: () => number): AccessLog {
  let lines = '';
  let second = -1;
  let time = '';
  const flush = (): void => {
    if (lines === '') return;
    const full = lines;
    lines = '';
    write(full);
  };
  const log = (entry: AccessLogEntry): void => {
    const at = now();
    const thisSecond = Math.floor(at / 1000);
    if (thisSecond !== second) {
      second = thisSecond;
      time = new Date(thisSecond * 1000).toISOString().slice(0, 20);
    }
    const millis = Math.floor(at % 1000);
    lines +=
      `{"time":"${time}${String(millis).padStart(3, '0')}Z","message":"request","requestId":${quoted(entry.requestId)},` +
      `"method":${quoted(entry.method)},"host":${quoted(entry.host)},"path":${quoted(entry.path)},"status":${entry.status},` +
      `"durationMs":${rounded(entry.durationMs)},"waitedMs":${rounded(entry.waitedMs)},"serving":${quoted(entry.serving)},` +
      `"instance":${quoted(entry.instance)}}\n`;
    if (lines.length >= flushAtChars) flush();
  };
  return Object.assign(log, { flush });
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}

/** As JSON, with everything a terminal could take for a command escaped. */
function quoted(text: string): string {
  if (/^[\x20\x21\x23-\x5b\x5d-\x7e]*$/.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
