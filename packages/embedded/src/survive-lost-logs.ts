let isDone = false;

/** A log that cannot be written, on a full disk or to a reader that is gone, must not end the process that writes it. */
export function surviveLostLogs(): void {
  if (isDone) return;
  isDone = true;
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}
