import type { Command } from '../command.ts';
import { connectUsage } from '../connect/options.ts';
import { lazyCommand } from '../lazy-command.ts';

const usage = `Usage: ofn deploy FOLDER [options]
       ofn deploy --git URL [--revision R] [--sub-path P] [options]
       ofn deploy -f MANIFEST [FOLDER] [options]

Builds a function and makes it run; prints its URL when it is ready. A folder is sent to the platform, without node_modules
and what its .gitignore names. A function.yaml in the folder is its manifest, unless -f names another.

Options:
  -f, --filename F   The Function's manifest (YAML or JSON), with other objects before it if there are any
  --name NAME        (default: the manifest's, else the folder's)
  --image REF        Where the built function is kept (default on this machine: registry.local/NAMESPACE/NAME)
  --target NAME      What the function is called in its source (FUNC_NAME)
  --type TYPE        http, cloudevent or openfunction (FUNC_TYPE; default: the manifest's, else http)
  --git URL          Build from this repository
  --revision R       A branch, tag or commit of it
  --sub-path P       A folder of it
  -w, --watch        Deploy the folder again after each change, until Ctrl-C
  --dry-run          Print what would be applied, checked by the API; send and change nothing
  --no-check         Call it ready before an instance has loaded it once
  --no-wait          Return when it is applied
  --timeout S        Seconds to wait (default 300)
${connectUsage}`;

export const command: Command = lazyCommand(usage, () => import('../deploy/run.ts'));
