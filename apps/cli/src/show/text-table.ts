type Row = readonly string[];

/** Columns as wide as their widest cell, three spaces apart, as kubectl prints them. */
export function textTable(header: Row, rows: readonly Row[]): string {
  return growingTable(header).add(rows);
}

/** The same table for rows that come later too: the first ones decide how wide the columns are. */
export function growingTable(header: Row): { add(rows: readonly Row[]): string } {
  let widths: readonly number[] | undefined;
  return {
    add(rows) {
      const all = widths === undefined ? [header.map((name) => name.toUpperCase()), ...rows] : rows;
      const fixed = (widths ??= header.map((_, at) => Math.max(...all.map((row) => (row[at] ?? '').length))));
      return all.map((row) => lineOf(row, fixed)).join('');
    },
  };
}

function lineOf(row: Row, widths: readonly number[]): string {
  return `${row.map((cell, at) => (at === row.length - 1 ? cell : `${cell.padEnd(widths[at] ?? 0)}   `)).join('')}\n`;
}
