import type { OFunction } from '@openfunction/resources/nouns';
import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';

/** Why a function has no address outside. */
export function notCallable({ metadata: { name }, spec, status }: OFunction): CommandError {
  const { http, dapr = [] } = spec.serving?.triggers ?? {};
  if (http === undefined && dapr.length > 0)
    return new CommandError('NotReady', `"${name}" cannot be called: it has only dapr triggers, so messages alone reach it.`, {
      exitCode: exitCodes.notReady,
      hint: 'Publish to what it listens to, or add spec.serving.triggers.http.',
    });
  const why = status?.conditions?.find(({ type }) => type === 'Ready')?.message;
  return new CommandError('NotReady', `"${name}" cannot be called yet: ${why || 'no version of it is ready.'}`, {
    exitCode: exitCodes.notReady,
    hint: `"ofn describe ${name}" says what to do.`,
  });
}
