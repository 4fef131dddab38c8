import { isIP } from 'node:net';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { dataFolder, defaultData, runPlatform, type PlatformState } from '@openfunction/embedded/platform';
import type { Command, CommandContext } from '../command.ts';
import { UsageError } from '../usage-error.ts';
import { wholeNumber } from '../whole-number.ts';

const usage = `Usage: ofn up [options]

Starts OpenFunction on this machine, and stays until Ctrl-C. Functions that run end with it; what was deployed stays, and
is there again with the next start.

Options:
  --data FOLDER      Where everything is kept (default: $XDG_DATA_HOME/openfunction if set, else ~/.openfunction)
  --port PORT        Where functions are called, on loopback (default 8080; 0: any free one)
  --domain DOMAIN    Suffix of the functions' host names (default localhost)
  --gateways N       Processes that take callers, all on that port (default 1)
  --pool-size N      Warm instances kept ready for each namespace (default 2)
  --api-port PORT    Where kubectl and ofn connect (default: the one it had before, or any free one)
  --allow-address RANGE
                     An address (or CIDR) that builds may fetch from although it is of this machine; may be repeated
  --allow-source-folder FOLDER
                     A folder below which builds may read repositories, by file:// addresses; may be repeated
  --detach           Return when it is up; "ofn down" ends it
`;

interface Settings {
  data: string;
  port: number;
  apiPort?: number;
  domain: string;
  poolSize: number;
  gateways: number;
  sources: { addresses: string[]; folders: string[] };
}

export const command: Command = {
  usage,
  async run(args, context) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        data: { type: 'string' },
        port: { type: 'string', default: '8080' },
        domain: { type: 'string', default: 'localhost' },
        'pool-size': { type: 'string', default: '2' },
        gateways: { type: 'string', default: '1' },
        'api-port': { type: 'string' },
        'allow-address': { type: 'string', multiple: true, default: [] },
        'allow-source-folder': { type: 'string', multiple: true, default: [] },
        detach: { type: 'boolean', default: false },
      },
    });
    const settings: Settings = {
      data: values.data === undefined ? defaultData(context.env) : path.resolve(context.cwd, values.data),
      port: wholeNumber('--port', values.port, 65_535),
      apiPort: values['api-port'] === undefined ? undefined : wholeNumber('--api-port', values['api-port'], 65_535),
      domain: domainName(values.domain),
      poolSize: wholeNumber('--pool-size', values['pool-size'], 100),
      gateways: Math.max(1, wholeNumber('--gateways', values.gateways, 64)),
      sources: {
        addresses: values['allow-address'].map(addressRange),
        folders: values['allow-source-folder'].map((folder) => path.resolve(context.cwd, folder)),
      },
    };
    if (values.detach) return (await import('./up-detached.ts')).upDetached(settings.data, args, context);
    await stay(settings, context);
    return 0;
  },
};

async function stay(settings: Settings, context: CommandContext): Promise<void> {
  const folder = dataFolder(settings.data);
  await runPlatform({
    ...settings,
    folder,
    env: context.env,
    signal: context.signal,
    onReady: (state) => context.stdout.write(upText(state, folder.kubeconfig)),
    log: (message) => void context.stderr.write(`${message}\n`),
  });
  context.stderr.write('OpenFunction has ended.\n');
}

/** What is said when the platform is up. */
export function upText(state: PlatformState, kubeconfig: string): string {
  const port = new URL(state.gateway ?? 'http://127.0.0.1').port;
  return `OpenFunction is up.
  functions   http://NAME.NAMESPACE.${state.domain}:${port}
  kubectl     export KUBECONFIG=${kubeconfig}
  isolation   ${state.isolation?.kind ?? 'unknown'}
`;
}

function addressRange(text: string): string {
  const [address = '', prefix = '0', ...more] = text.split('/');
  if (isIP(address) !== 0 && /^\d{1,3}$/.test(prefix) && more.length === 0) return text;
  throw new UsageError(`--allow-address takes an address such as 127.0.0.1 or a range such as 10.0.0.0/8, not "${text}".`);
}

function domainName(text: string): string {
  if (/^(?=.{1,190}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(text)) return text;
  throw new UsageError(`--domain takes a DNS name in lower case, not "${text}".`);
}
