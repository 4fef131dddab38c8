import { randomBytes, randomInt } from 'node:crypto';

const processId = randomBytes(8).toString('hex');
const spanPrefix = randomBytes(4).toString('hex').replace(/^0/, '1');
const hexBytes = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

let count = randomInt(0x7fff_ffff);
let round = 0;

// Multiplying by an odd number and folding keeps 32-bit numbers distinct and spreads them.
function scrambled(number: number): number {
  const mixed = Math.imul(number ^ (number >>> 15), 0x9e3779b1);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}

function hex8(number: number): string {
  return hexBytes[number >>> 24]! + hexBytes[(number >>> 16) & 255]! + hexBytes[(number >>> 8) & 255]! + hexBytes[number & 255]!;
}

function next(): number {
  if (++count > 0xffff_ffff) {
    count = 0;
    round++;
  }
  return count;
}

/** Unique over processes: random once per process, then counted. */
export function newRequestId(): string {
  return `${processId}-${hex8(round)}${hex8(next())}`;
}

/**
 * The traceparent for the function: in the caller's trace, with its flags, and with a span of ours; without
 * one a new trace, which is not sampled.
 */
export function childTraceparent(inbound: string): string {
  const span = spanPrefix + hex8(scrambled(next()));
  if (inbound !== '') return `${inbound.slice(0, 36)}${span}${inbound.slice(52)}`;
  return `00-${processId}${hex8(round)}${hex8(count)}-${span}-00`;
}
