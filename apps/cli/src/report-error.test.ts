import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { parseArgs } from 'node:util';
import { ClientError } from '@openfunction/client';
import { expect, it } from 'vitest';
import { exitCodes } from './exit-codes.ts';
import { reportError } from './report-error.ts';
import { UsageError } from './usage-error.ts';

const usage = 'Usage: ofn deploy FOLDER\n\nOptions:\n  -n, --namespace N  Where\n  --no-wait          Return at once\n';

function report(error: unknown, { env = {}, aborted = false }: { env?: Record<string, string>; aborted?: boolean } = {}) {
  const stderr = new PassThrough({ encoding: 'utf8' });
  const signal = aborted ? AbortSignal.abort() : new AbortController().signal;
  const context = { env, cwd: '/', stdin: new PassThrough(), stdout: new PassThrough(), stderr, signal };
  const code = reportError(error, { name: 'deploy', usage, context });
  return { code, said: String(stderr.read() ?? '') };
}

function thrownBy(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

it('says code, message and what to do', () => {
  expect(report(new ClientError('Forbidden', 'You may not write Functions.'))).toEqual({
    code: exitCodes.refused,
    said: 'error (Forbidden): You may not write Functions.\nhint: "kubectl auth can-i --list" says what you may do there.\n',
  });
});

it('names each field that was refused, once', () => {
  const causes = [
    { field: 'spec.image', reason: 'Required', message: 'is required' },
    { field: 'spec.build', reason: 'Invalid', message: 'set builder or dockerfile' },
  ];
  const { said } = report(new ClientError('Invalid', 'Function "x" is invalid: spec.image: is required', { causes }));
  expect(said).toBe('error (Invalid): Function "x" is invalid: spec.image: is required\n  spec.build: set builder or dockerfile\n');
});

it('suggests the option that was probably meant', () => {
  const options = { namespace: { type: 'string', short: 'n' } } as const;
  const unknown = (arg: string): unknown => thrownBy(() => parseArgs({ args: [arg], options }));
  expect(report(unknown('--namespcae'))).toEqual({
    code: exitCodes.usage,
    said: 'error: ofn deploy has no option "--namespcae". Did you mean "--namespace"?\nhint: Run "ofn deploy --help" for its usage.\n',
  });
  expect(report(unknown('--zzzzzz')).said).toContain('has no option "--zzzzzz".\n');
  expect(report(unknown('-n')).code).toBe(exitCodes.usage);
});

it('says in plain words which file cannot be read', () => {
  const { said } = report(thrownBy(() => readFileSync('/does/not/exist')));
  expect(said).toBe('error: /does/not/exist cannot be read: it does not exist.\n');
});

it('shows a stack to nobody but who asks for it', () => {
  const error = new TypeError('x is not a function');
  expect(report(error).said).not.toContain(' at ');
  expect(report(error).said).toContain('OFN_DEBUG=1');
  expect(report(error, { env: { OFN_DEBUG: '1' } }).said).toContain('    at ');
});

it('says nothing of an interruption that was asked for', () => {
  const error = Object.assign(new Error('aborted'), { name: 'AbortError' });
  expect(report(error, { aborted: true })).toEqual({ code: exitCodes.interrupted, said: '' });
  expect(report(error).code).toBe(exitCodes.failed);
});

it('takes what is no Error too', () => {
  expect(report('odd')).toEqual({ code: exitCodes.failed, said: 'error: odd\n' });
  expect(report(new UsageError('Name one function.')).code).toBe(exitCodes.usage);
});
