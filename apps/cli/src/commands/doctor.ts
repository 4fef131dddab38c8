import path from 'node:path';
import { parseArgs } from 'node:util';
import { defaultData } from '@openfunction/embedded/platform';
import type { Command } from '../command.ts';

const usage = `Usage: ofn doctor [options]

Says what works on this machine: Node, what keeps functions apart, the port, the data folder, and each part of a platform
that runs. Ends with 1 when something keeps OpenFunction from working.

Options:
  --data FOLDER      The folder that is or would be given to "ofn up"
  --port PORT        The port that would be given to "ofn up" (default 8080)
`;

const marks = { good: 'ok  ', note: 'note', bad: 'FAIL' } as const;

export const command: Command = {
  usage,
  async run(args, context) {
    const { values } = parseArgs({ args: [...args], options: { data: { type: 'string' }, port: { type: 'string', default: '8080' } } });
    const data = values.data === undefined ? defaultData(context.env) : path.resolve(context.cwd, values.data);
    const { examine } = await import('./doctor/examine.ts');
    const findings = await examine({
      data,
      port: Number(values.port),
      searchPath: context.env['PATH'] ?? '',
      nodeVersion: process.versions.node,
    });
    for (const { what, is, says, todo } of findings) {
      context.stdout.write(`${marks[is]}  ${what.padEnd(10)}  ${says}\n${todo === undefined ? '' : `${' '.repeat(18)}→ ${todo}\n`}`);
    }
    return findings.some(({ is }) => is === 'bad') ? 1 : 0;
  },
};
