import type { Command } from '../command.ts';
import { connectUsage } from '../connect/options.ts';
import { exitCodes } from '../exit-codes.ts';
import { lazyCommand } from '../lazy-command.ts';

const usage = `Usage: ofn invoke NAME [options]

Calls a function through the gateway, and prints the body of its answer. Ends with ${exitCodes.callFailed} when the status is not 2xx.

Options:
  -d, --data TEXT    The body; @FILE reads a file, @- reads stdin. JSON is sent as application/json unless a header says otherwise
  -X, --method M     (default: GET, or POST with a body)
  -H, --header H     "Name: value"; can be given several times
  --path PATH        Path and query below the function's own (default /)
  --event TYPE       Send a CloudEvent of this type; --data is its data
  --event-source S   Its source (default /ofn)
  --event-id ID      (default: a new one)
  --event-subject S
  --event-attribute N=V   An extension; can be given several times
  --event-mode MODE  binary (attributes in headers; default) or structured (all in one JSON object)
  --timeout S        Seconds until it is given up (default 60)
${connectUsage}`;

export const command: Command = lazyCommand(usage, () => import('../invoke/run.ts'));
