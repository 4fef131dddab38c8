/** A prefix is compared segment by segment: a slash at its end says nothing. */
export function prefixKey(value: string): string {
  return value.endsWith('/') ? value.slice(0, -1) : value;
}

/** The path without a prefix that it has. */
export function strippedPath(path: string, stripPrefix: string): string {
  const prefix = prefixKey(stripPrefix);
  if (prefix === '' || !path.startsWith(prefix)) return path;
  const rest = path.slice(prefix.length);
  if (rest === '') return '/';
  return rest.startsWith('/') ? rest : path;
}
