import type { Writable } from 'node:stream';

/** Tells how long work goes on: on a terminal by one line that changes, elsewhere by a line for each step. */
export interface ProgressLine extends Disposable {
  /** What happens now. */
  step(text: string): void;
  /** A line that stays. */
  print(line: string): void;
}

const redrawMs = 1000;
const clear = '\r\u001B[2K';

export function progressLine(stream: Writable, options: { now?: () => number } = {}): ProgressLine {
  const { now = Date.now } = options;
  return isTerminal(stream) ? changingLine(stream, now) : steps(stream);
}

/** Whether a person looks at it. */
export function isTerminal(stream: Writable): boolean {
  return 'isTTY' in stream && stream.isTTY === true;
}

function steps(stream: Writable): ProgressLine {
  let last = '';
  return {
    step(text) {
      if (text !== last) stream.write(`${text}\n`);
      last = text;
    },
    print: (line) => void stream.write(`${line}\n`),
    [Symbol.dispose]: () => {},
  };
}

function changingLine(stream: Writable, now: () => number): ProgressLine {
  let current: { text: string; since: number } | undefined;
  const draw = (): void => {
    if (current === undefined) return;
    const seconds = Math.floor((now() - current.since) / 1000);
    stream.write(`${clear}${current.text}${seconds > 0 ? ` ${seconds} s` : ''}`);
  };
  const timer = setInterval(draw, redrawMs).unref();
  return {
    step(text) {
      if (text === current?.text) return;
      current = { text, since: now() };
      draw();
    },
    print(line) {
      stream.write(`${current === undefined ? '' : clear}${line}\n`);
      draw();
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      if (current !== undefined) stream.write(clear);
    },
  };
}
