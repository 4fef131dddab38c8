const types: Readonly<Record<string, string>> = {
  html: 'text/html',
  htm: 'text/html',
  text: 'text/plain',
  txt: 'text/plain',
  css: 'text/css',
  csv: 'text/csv',
  md: 'text/markdown',
  js: 'text/javascript',
  mjs: 'text/javascript',
  xml: 'application/xml',
  json: 'application/json',
  bin: 'application/octet-stream',
  form: 'application/x-www-form-urlencoded',
  urlencoded: 'application/x-www-form-urlencoded',
  pdf: 'application/pdf',
  wasm: 'application/wasm',
  zip: 'application/zip',
  gz: 'application/gzip',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  svg: 'image/svg+xml',
  webp: 'image/webp',
  ico: 'image/vnd.microsoft.icon',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  woff2: 'font/woff2',
};

/** A full content type of a short name such as `json` or `.png`, or of a type itself. */
export function contentTypeOf(name: string): string {
  if (name.includes('/')) return name;
  return types[name.slice(name.lastIndexOf('.') + 1).toLowerCase()] ?? 'application/octet-stream';
}

/** Adds UTF-8 to a text type that names no charset. */
export function withDefaultCharset(type: string): string {
  return /^(text\/|application\/json\s*$)/i.test(type) && !/;\s*charset\s*=/i.test(type) ? `${type}; charset=utf-8` : type;
}

/** The type with the charset UTF-8, whatever it named before. */
export function inUtf8(type: string): string {
  if (/;\s*charset=utf-8$/i.test(type)) return type;
  const plain = type.replace(/;\s*charset\s*=\s*("[^"]*"|[^\s;]*)/i, '');
  return `${plain}; charset=utf-8`;
}
