/** Milliseconds since the epoch, which go on evenly when the time of the machine is set. */
export const steadyNow = (): number => performance.timeOrigin + performance.now();
