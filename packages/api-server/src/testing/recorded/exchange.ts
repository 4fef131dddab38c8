import type { DifferenceId } from './differences.ts';

/** One request of the table. `{ns}` is the namespace of the run, `{x}` what an earlier answer had where its `save` says. */
export interface Exchange {
  /** What is asked, in words; unique in its group. */
  is: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  /** Default `application/json`. */
  type?: string;
  accept?: string;
  /** Sent as it is when it is text. */
  body?: unknown;
  /** Names for parts of the answer, by JSON pointer. */
  save?: Readonly<Record<string, string>>;
  /** In what the answer of packages/api-server is another one, and why. */
  differs?: DifferenceId;
}

export interface Group {
  name: string;
  exchanges: readonly Exchange[];
}

export interface Answer {
  status: number;
  warnings?: readonly string[];
  /** JSON; of a watch the events; text where it is neither. */
  body: unknown;
}

export interface SentRequest {
  method: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  body?: string;
}

export type Send = (request: SentRequest) => Promise<{ status: number; warnings: readonly string[]; text: string }>;
