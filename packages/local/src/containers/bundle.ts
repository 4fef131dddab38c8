import type { InstanceTemplate } from '@openfunction/workload';
import type { ImageFiles, ImageStart } from './image-source.ts';
import { cpuOf, limitsCpu } from './cpu.ts';
import { seccompProfile } from './seccomp.ts';

export interface BundleInput {
  id: string;
  image: ImageStart;
  template: InstanceTemplate;
  /** Of the platform, which the container's root is outside. */
  uid: number;
  gid: number;
  user?: ImageFiles['user'];
  /** What of `template.files` lies where outside. */
  mounts: { outside: string; inside: string; isFolder: boolean }[];
}

type Json = Record<string, unknown>;

const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const masked = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/kmsg',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
];
const readOnly = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];
// No right is needed for a port below 1024, in a network where there is nobody else.
const sysctl = { 'net.ipv4.ip_unprivileged_port_start': '0' };

/**
 * The `config.json` by which an OCI runtime starts a container: the image's user, or root, of namespaces of its own. Outside, root
 * is the platform's user without any further right. It has no capability, makes only the system calls of a list, and shares no network with the
 * machine.
 */
export function bundleConfig({ id, image, template, uid, gid, user, mounts }: BundleInput): Json {
  const cpu = limitsCpu() ? cpuOf(template) : undefined;
  const container = template.pod?.template.containers?.[template.pod.container];
  const entry = container?.command ?? image.entrypoint;
  // As with Kubernetes: another command is given the arguments of the template only.
  const args = container?.args ?? (container?.command === undefined ? image.command : []);
  return {
    ociVersion: '1.0.2',
    hostname: id,
    process: {
      terminal: false,
      user: user?.inside ?? { uid: 0, gid: 0 },
      args: [...entry, ...args],
      env: environmentOf(image, template, user === undefined),
      cwd: container?.workingDir ?? (image.workingDir || '/'),
      capabilities: { bounding: [], effective: [], permitted: [], inheritable: [], ambient: [] },
      noNewPrivileges: true,
    },
    root: { path: 'root', readonly: false },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'] },
      { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=16m'] },
      ...mounts.map(({ outside, inside, isFolder }) => ({
        destination: inside,
        type: 'bind',
        source: outside,
        options: ['bind', 'nosuid', 'nodev', isFolder ? 'rw' : 'ro'],
      })),
    ],
    linux: {
      uidMappings: mapping({ root: uid, inside: user?.inside.uid, outside: user?.outside.uid }),
      gidMappings: mapping({ root: gid, inside: user?.inside.gid, outside: user?.outside.gid }),
      namespaces: ['pid', 'ipc', 'uts', 'mount', 'user', 'network'].map((type) => ({ type })),
      maskedPaths: masked,
      readonlyPaths: readOnly,
      seccomp: seccompProfile,
      ...(cpu === undefined ? {} : { resources: { cpu } }),
      sysctl,
    },
  };
}

/** Which numbers outside stand for root and for the one other user or group inside. */
function mapping({ root, inside = 0, outside = 0 }: { root: number; inside?: number; outside?: number }): Json[] {
  const own = inside === 0 ? [] : [{ containerID: inside, hostID: outside, size: 1 }];
  return [{ containerID: 0, hostID: root, size: 1 }, ...own];
}

/** Later ones over earlier: the image's, and those of the function. */
function environmentOf({ env }: ImageStart, template: InstanceTemplate, isRoot: boolean): string[] {
  const all = new Map<string, string>();
  const given = Object.entries(template.env ?? {}).map(([name, value]) => `${name}=${value}`);
  // The home of another user is known to the runtime, by the image's own list.
  for (const each of [defaultPath, ...(isRoot ? ['HOME=/root'] : []), ...env, ...given])
    all.set(each.slice(0, Math.max(0, each.indexOf('='))), each);
  return [...all.values()];
}
