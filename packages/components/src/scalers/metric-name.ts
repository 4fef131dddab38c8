/** A name without the signs that names of metrics may not have, each of which becomes a hyphen. */
export function metricName(text: string): string {
  return text.replaceAll(/[/.:%()\\]/g, '-');
}
