import { copyFileSync, statSync, truncateSync, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { LogLine } from '@openfunction/workload';

export type Stream = LogLine['stream'];
export const streams: readonly Stream[] = ['stdout', 'stderr'];

/** Copies a log that has grown over the cap aside and empties it: its writer appends, so it goes on at the start. */
export function capLog(path: string, maxBytes: number): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) <= maxBytes) return;
  copyFileSync(path, `${path}.1`);
  truncateSync(path, 0);
}

async function bytesOf(path: string): Promise<Buffer> {
  return readFile(path).catch(() => Buffer.alloc(0));
}

/** A line as written, or one of JSON with `text` and `at` (milliseconds), as the runner writes them. */
function parseLine(line: string, stream: Stream, at: number): LogLine {
  if (line.startsWith('{')) {
    try {
      const parsed = JSON.parse(line) as Record<string, unknown>;
      if (typeof parsed['text'] === 'string' && typeof parsed['at'] === 'number') return { at: parsed['at'], stream, text: parsed['text'] };
    } catch {
      // A line that only begins like JSON is text.
    }
  }
  return { at, stream, text: line };
}

function linesOf(text: string, stream: Stream, at: number): LogLine[] {
  let last = at;
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const parsed = parseLine(line, stream, last);
      last = parsed.at;
      return parsed;
    });
}

export interface LogSource {
  pathOf(stream: Stream): string;
  createdAt: number;
  now(): number;
  isOver(): boolean;
}

/** What is there, in order of time as far as lines carry one, and how far that is in each file. */
export async function readLog(source: LogSource): Promise<{ lines: LogLine[]; offsets: Map<Stream, number> }> {
  const offsets = new Map<Stream, number>();
  const lines: LogLine[] = [];
  for (const stream of streams) {
    const path = source.pathOf(stream);
    const [older, bytes] = [await bytesOf(`${path}.1`), await bytesOf(path)];
    const end = source.isOver() ? bytes.length : bytes.lastIndexOf(0x0a) + 1;
    offsets.set(stream, end);
    lines.push(...linesOf(Buffer.concat([older, bytes.subarray(0, end)]).toString('utf8'), stream, source.createdAt));
  }
  return { lines: lines.toSorted((left, right) => left.at - right.at), offsets };
}

/** Lines written after what {@link readLog} saw, until the instance is over or the signal ends it. */
export async function* followLog(source: LogSource, seen: ReadonlyMap<Stream, number>, signal: AbortSignal): AsyncGenerator<LogLine> {
  const offsets = new Map(seen);
  let wake = (): void => {};
  const watchers = streams.map((stream) => watch(source.pathOf(stream), { signal }, () => wake()).on('error', () => wake()));
  signal.addEventListener('abort', () => wake());
  try {
    while (!signal.aborted) {
      const over = source.isOver();
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      for (const stream of streams) yield* await newLines(source, stream, offsets);
      if (over || signal.aborted) return;
      // Besides the file's own events, a look now and then: the instance's end writes nothing.
      const timer = setTimeout(() => wake(), 1000).unref();
      await changed;
      clearTimeout(timer);
    }
  } finally {
    for (const watcher of watchers) watcher.close();
  }
}

async function newLines(source: LogSource, stream: Stream, offsets: Map<Stream, number>): Promise<LogLine[]> {
  const bytes = await bytesOf(source.pathOf(stream));
  const from = offsets.get(stream) ?? 0;
  const fresh = bytes.subarray(bytes.length < from ? 0 : from);
  const end = fresh.lastIndexOf(0x0a) + 1;
  offsets.set(stream, bytes.length - fresh.length + end);
  return linesOf(fresh.subarray(0, end).toString('utf8'), stream, source.now());
}
