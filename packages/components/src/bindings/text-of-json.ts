/** Text arrives as a JSON string from Dapr's HTTP API: its bytes as text. Anything else stays as it is. */
export function textOfJson(data: Uint8Array): Uint8Array {
  if (data[0] !== 0x22) return data;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(data).toString('utf8'));
    return typeof parsed === 'string' ? Buffer.from(parsed) : data;
  } catch {
    return data;
  }
}
