// What may stand in a header of HTTP and of gRPC, within the bounds that W3C gives.
const values = { traceparent: /^[\w-]{1,64}$/, tracestate: /^[\x20-\x7e]{1,512}$/, baggage: /^[\x20-\x7e]{1,8192}$/ } as const;

/** The W3C trace context of an event, or of a call's headers, as headers again. */
export function traceHeaders(given: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, grammar]): [string, string][] => {
      const value = given[name];
      return typeof value === 'string' && grammar.test(value) ? [[name, value]] : [];
    }),
  );
}
