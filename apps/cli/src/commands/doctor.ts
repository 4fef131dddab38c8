import type { Command } from '../command.ts';
import { connectUsage } from '../connect/options.ts';
import { lazyCommand } from '../lazy-command.ts';

const usage = `Usage: ofn doctor [options]
       ofn doctor --cluster [options]

Says what works on this machine: Node, what keeps functions apart, the port, the data folder, and each part of a platform
that runs. With --cluster: what works in a cluster where the chart is installed: definitions, parts, certificates, leaders,
rights, namespaces, registry and warm pools. Each finding says what to do. Ends with 1 when something keeps OpenFunction from
working. Nothing is changed.

Options:
  --data FOLDER      The folder that is or would be given to "ofn up"
  --port PORT        The port that would be given to "ofn up" (default 8080)
  --cluster          Look at the cluster that the kubeconfig names
${connectUsage}`;

export const command: Command = lazyCommand(usage, () => import('./doctor/run.ts'));
