import type { Command } from '../command.ts';
import { lazyCommand } from '../lazy-command.ts';

const usage = `Usage: ofn dev [FOLDER] [options]

Runs the function of a folder (default: this one) on this machine, without a platform, and takes over each saved change at
once. It runs in the platform's own runner, with the context and the variables that the platform would give it, but with the
rights of your user. What does not build or load is shown with file and line, and the last version that worked still answers.
Calls to other functions reach those of "ofn up" while that runs. Components that the manifest declares (bindings, pubsub,
states) are opened, and bring the function its messages.

Options:
  -f, --filename F   The Function's manifest (default: function.yaml in the folder, if it is there)
  --target NAME      What the function is called in its source (FUNC_NAME)
  --type TYPE        http, cloudevent or openfunction (FUNC_TYPE; default: the manifest's, else http)
  --port PORT        Where it answers, on loopback (default 8081; 0: any free one)
  -e, --env N=V      A variable for the function; can be given several times
  --env-file FILE    Variables from a file with lines N=V
  --inspect          Let a debugger connect, to port 9229 of loopback
  --inspect-port P   Another port for it
`;

export const command: Command = lazyCommand(usage, () => import('../dev/run.ts'));
