/** Passes text on until there was too much of it, says so once, and drops the rest. */
export function cappedLog(write: (text: string) => void, limit: number = 1 << 20): (text: string) => void {
  let left = limit;
  return (text) => {
    if (left <= 0) return;
    left -= text.length;
    write(left > 0 ? text : `${text.slice(0, text.length + left)}\nThe log is cut here: it is longer than ${limit} bytes.\n`);
  };
}
