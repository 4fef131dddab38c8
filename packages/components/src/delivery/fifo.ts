/** First in, first out, without moving what stays. */
export interface Fifo<T> {
  readonly size: number;
  push(value: T): void;
  shift(): T | undefined;
}

export function fifo<T>(): Fifo<T> {
  let values: (T | undefined)[] = [];
  let head = 0;
  return {
    get size() {
      return values.length - head;
    },
    push: (value) => void values.push(value),
    shift: () => {
      if (head === values.length) return undefined;
      const value = values[head];
      values[head++] = undefined;
      if (head > 1024 && head * 2 > values.length) [values, head] = [values.slice(head), 0];
      return value;
    },
  };
}
