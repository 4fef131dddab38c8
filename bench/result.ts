/** One figure of a benchmark. `must` and `peer` are in the same unit as `value`; `ratio` is value / peer. */
export interface Result {
  name: string;
  value: number;
  unit: string;
  must: string;
  peer?: number;
  ratio?: number;
  ok: boolean;
}
