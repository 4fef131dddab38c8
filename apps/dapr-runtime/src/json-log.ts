import type { ComponentEvent } from '@openfunction/components';
import type { LogLevel } from './parse-flags.ts';

const levels: LogLevel[] = ['debug', 'info', 'warn', 'error', 'fatal'];

/** One JSON object per line on stdout, from the level upwards. */
export function jsonLog(
  least: LogLevel,
  appId: string,
): (event: Partial<Pick<ComponentEvent, 'component' | 'fields'>> & { level: LogLevel; message: string }) => void {
  return ({ level, message, component, fields }) => {
    if (levels.indexOf(level) < levels.indexOf(least)) return;
    process.stdout.write(
      `${JSON.stringify({ time: new Date().toISOString(), level, app_id: appId, msg: message, component, ...fields })}\n`,
    );
  };
}
