/** An answer that is no success, with the code that says so. */
export class StatusFailure extends Error {
  readonly protocol: 'http' | 'grpc';
  readonly code: number;
  constructor(protocol: 'http' | 'grpc', code: number, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'StatusFailure';
    this.protocol = protocol;
    this.code = code;
  }
}
