import { statSync, truncateSync, watch, writeFileSync } from 'node:fs';
import type { LogLine } from '@openfunction/workload';
import { readPart } from './read-part.ts';

export type Stream = LogLine['stream'];
export const streams: readonly Stream[] = ['stdout', 'stderr'];

/**
 * Puts the end of a log that has grown over the cap aside and empties it: its writer appends, so it goes on at the start.
 * Only the end: its writer can make the file as long as it likes at once.
 */
export function capLog(path: string, maxBytes: number): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) <= maxBytes) return;
  writeFileSync(`${path}.1`, readPart(path, { maxBytes }).bytes, { mode: 0o600 });
  truncateSync(path, 0);
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

function parsedLines(text: string, stream: Stream, at: number): LogLine[] {
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
  /** What is read of a file at once; the rest of it, before, is passed over. */
  maxBytes: number;
  createdAt: number;
  now(): number;
  isOver(): boolean;
}

/** What is there, in order of time as far as lines carry one, and how far that is in each file. */
function readLog(source: LogSource): { lines: LogLine[]; offsets: Map<Stream, number> } {
  const { maxBytes } = source;
  const offsets = new Map<Stream, number>();
  const lines: LogLine[] = [];
  for (const stream of streams) {
    const path = source.pathOf(stream);
    const older = readPart(`${path}.1`, { maxBytes }).bytes;
    const { bytes, from } = readPart(path, { maxBytes });
    const end = source.isOver() ? bytes.length : bytes.lastIndexOf(0x0a) + 1;
    offsets.set(stream, from + end);
    lines.push(...parsedLines(Buffer.concat([older, bytes.subarray(0, end)]).toString('utf8'), stream, source.createdAt));
  }
  return { lines: lines.toSorted((left, right) => left.at - right.at), offsets };
}

/** Lines written after what {@link readLog} saw, until the instance is over or the signal ends it. */
async function* followLog(source: LogSource, seen: ReadonlyMap<Stream, number>, signal: AbortSignal): AsyncGenerator<LogLine> {
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
      for (const stream of streams) yield* newLines(source, stream, offsets);
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

function newLines(source: LogSource, stream: Stream, offsets: Map<Stream, number>): LogLine[] {
  const { bytes, from } = readPart(source.pathOf(stream), { at: offsets.get(stream) ?? 0, maxBytes: source.maxBytes });
  const end = bytes.lastIndexOf(0x0a) + 1;
  offsets.set(stream, from + end);
  return parsedLines(bytes.toString('utf8', 0, end), stream, source.now());
}

/** The lines of a log, or the last of them, and then those that come. */
export async function* linesOf(
  source: LogSource,
  { follow, tailLines, signal }: { follow: boolean; tailLines?: number; signal: AbortSignal },
): AsyncGenerator<LogLine> {
  const { lines, offsets } = readLog(source);
  for (const line of tailLines === undefined ? lines : lines.slice(Math.max(0, lines.length - tailLines))) {
    if (signal.aborted) return;
    yield line;
  }
  if (follow && !signal.aborted) yield* followLog(source, offsets, signal);
}
