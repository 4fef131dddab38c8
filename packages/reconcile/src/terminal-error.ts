/** A failure that trying again cannot mend; the key waits for its next change. */
export class TerminalError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'TerminalError';
  }
}
