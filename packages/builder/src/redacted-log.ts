/** Shorter values are everywhere, and hiding them would hide nothing. */
const shortest = 4;

/** The text without what must not be shown. */
export function redacted(text: string, hidden: readonly string[]): string {
  return hidden.filter(({ length }) => length >= shortest).reduce((left, secret) => left.replaceAll(secret, '[redacted]'), text);
}

/** A log that shows none of them, also of those that are added later. */
export function redactedLog(log: (text: string) => void, hidden: readonly string[]): (text: string) => void {
  return (text) => log(redacted(text, hidden));
}
