import { expect, it } from 'vitest';
import { seccompProfile } from './seccomp.ts';

const named = (action: string, isWhole: boolean): string[] =>
  seccompProfile.syscalls.filter((rule) => rule.action === action && (rule.args === undefined) === isWhole).flatMap(({ names }) => names);

it('names each system call once, as allowed, as allowed with some arguments, or as refused', () => {
  const all = [...named('SCMP_ACT_ALLOW', true), ...named('SCMP_ACT_ERRNO', true), ...new Set(named('SCMP_ACT_ALLOW', false))];
  expect(all.filter((name, at) => all.indexOf(name) !== at)).toEqual([]);
  expect(all.filter((name) => !/^[a-z][a-z0-9_]+$/.test(name))).toEqual([]);
});

it('refuses what is not named, and allows nothing that reaches mounts, namespaces, keys or other processes', () => {
  expect(seccompProfile.defaultAction).toBe('SCMP_ACT_ERRNO');
  const allowed = new Set(named('SCMP_ACT_ALLOW', true));
  for (const name of ['mount', 'unshare', 'setns', 'ptrace', 'bpf', 'keyctl', 'io_uring_setup', 'userfaultfd', 'perf_event_open', 'clone3'])
    expect(allowed).not.toContain(name);
  const socket = seccompProfile.syscalls.filter(({ names }) => names.includes('socket'));
  expect(socket.flatMap(({ args = [] }) => args.map(({ value }) => value))).toEqual([1, 2, 10, 16]);
});
