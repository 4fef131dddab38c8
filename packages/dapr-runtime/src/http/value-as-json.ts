/** A stored value inside JSON: as it is where it is JSON, as text where it is text, else in base64. */
export function valueAsJson(value: Uint8Array): unknown {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    return Buffer.from(text, 'utf8').equals(bytes) ? text : bytes.toString('base64');
  }
}
