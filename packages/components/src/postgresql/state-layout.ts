/** How a version of Dapr's store lays out its table, so that what one of the two runtimes wrote the other can read. */
export interface StateLayout {
  /** Columns behind `key text PRIMARY KEY`. */
  columns: string;
  expires: string;
  /** Value as bytes and etag as text. */
  select: string;
  /** Columns that a write sets, each with its expression; parameters from $2. */
  set: Record<string, string>;
  /** Parameters of `set`. */
  parameters(value: Uint8Array): (string | boolean | Buffer)[];
  /** Whether the etag given as `$n` is the row's. */
  etagIs(parameter: string): string;
  /** Whether this layout can have given out such an etag. */
  isEtag(etag: string): boolean;
}

/** JSON stays readable to SQL; anything else is a string of base64. The etag is the row's own version. */
export const layoutV1: StateLayout = {
  columns: `value jsonb NOT NULL, isbinary boolean NOT NULL, insertdate timestamptz NOT NULL DEFAULT now(), updatedate timestamptz, expiredate timestamptz`,
  expires: 'expiredate',
  select: `CASE WHEN isbinary THEN decode(value #>> '{}', 'base64') ELSE convert_to(value::text, 'UTF8') END AS value, xmin::text AS etag`,
  set: { value: '$2::text::jsonb', isbinary: '$3::boolean', updatedate: 'now()' },
  parameters: (value) => {
    const text = jsonText(value);
    return text === undefined ? [JSON.stringify(Buffer.from(value).toString('base64')), true] : [text, false];
  },
  etagIs: (parameter) => `xmin = ${parameter}::text::xid`,
  isEtag: (etag) => /^[1-9]\d{0,9}$/.test(etag) && Number(etag) < 2 ** 32,
};

/** Bytes as they are. */
export const layoutV2: StateLayout = {
  columns: `value bytea NOT NULL, etag uuid NOT NULL, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz, expires_at timestamptz`,
  expires: 'expires_at',
  select: 'value, etag::text AS etag',
  set: { value: '$2::bytea', etag: 'gen_random_uuid()', updated_at: 'now()' },
  parameters: (value) => [Buffer.from(value)],
  etagIs: (parameter) => `etag = ${parameter}::text::uuid`,
  isEtag: (etag) => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(etag),
};

/** The text of JSON that PostgreSQL takes and gives back as equal; numbers as long as JavaScript's may be kept are. */
function jsonText(value: Uint8Array): string | undefined {
  const text = Buffer.from(value).toString('utf8');
  if (!Buffer.from(text).equals(Buffer.from(value)) || text.includes(String.raw`\u0000`)) return undefined;
  try {
    JSON.parse(text);
    // A lone surrogate is JSON to JavaScript and not to PostgreSQL; so is a number beyond its numeric.
    return /\\u[dD][89a-fA-F]|[eE][+-]?\d{3}/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
