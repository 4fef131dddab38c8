/** One figure of a benchmark: `value` in `unit`, beside what was measured in the same run. */
export interface Result {
  name: string;
  value: number;
  unit: string;
  /** What it has to reach, in words: `>= 0.75 x nginx`. */
  must: string;
  /** The figure of the peer or floor, in the same unit. */
  peer: number;
  /** value / peer */
  ratio: number;
  ok: boolean;
}
