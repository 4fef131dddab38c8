import { UsageError } from './usage-error.ts';

/** What an option says: a whole number, `most` at most. */
export function wholeNumber(option: string, text: string, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value) || value > most) throw new UsageError(`${option} takes a whole number from 0 to ${most}, not "${text}".`);
  return value;
}
