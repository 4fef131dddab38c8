import { SourceMap, type SourceMapPayload } from 'node:module';
import path from 'node:path';

export interface SourceLines {
  /** JSON. */
  map: string;
  /** How the bundle is called in stack traces. */
  file: string;
  /** Where the source lies; what is below it is shown relative to it. */
  folder: string;
}

/** Says in a text which lines of the source are meant where it names lines of the bundle. */
export function sourceLines({ map, file, folder }: SourceLines): (text: string) => string {
  const lines = new SourceMap(JSON.parse(map) as SourceMapPayload);
  return (text) =>
    text
      .split(`${file}:`)
      .map((part, at) => (at === 0 ? part : placed(part, lines, { file, folder })))
      .join('');
}

/** `rest` is what follows the name of the bundle. */
function placed(rest: string, lines: SourceMap, { file, folder }: Pick<SourceLines, 'file' | 'folder'>): string {
  const [place = '', line, column = '1'] = /^(\d+)(?::(\d+))?/.exec(rest) ?? [];
  if (line === undefined) return `${file}:${rest}`;
  const found = lines.findEntry(Number(line) - 1, Number(column) - 1);
  if (!('originalSource' in found) || found.originalSource === undefined) return `${file}:${rest}`;
  const source = found.originalSource.replace(/^file:\/\//, '');
  const shown = path.isAbsolute(source) ? path.relative(folder, source) : source;
  return `${shown}:${found.originalLine + 1}:${found.originalColumn + 1}${rest.slice(place.length)}`;
}
