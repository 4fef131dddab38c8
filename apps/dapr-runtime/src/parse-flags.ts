import { duration } from '@openfunction/components';
import type { AppHealthCheck } from '@openfunction/dapr-runtime';

/** What the program does with daprd's flags; the names are daprd's. */
export interface Flags {
  appId: string;
  /** 0 when there is no app to deliver to. */
  appPort: number;
  appProtocol: 'http' | 'grpc';
  appChannelAddress: string;
  appMaxConcurrency: number;
  httpPort: number;
  /** 0 when nothing is served over gRPC. */
  grpcPort: number;
  /** Health and metadata for whoever asks; 0 for none. */
  publicPort: number;
  /** 0 where nothing is counted. */
  metricsPort: number;
  listenAddresses: string[];
  resourcesPaths: string[];
  maxBodyBytes: number;
  gracefulShutdownSeconds: number;
  /** How long the API goes on for an app that ends itself, after the last delivery; 0 for not at all. */
  blockShutdownMs: number;
  /** Absent where the app's health is not checked. */
  healthCheck?: AppHealthCheck;
  logLevel: LogLevel;
  /** Flags that are daprd's, or nobody's, and have no effect here. */
  withoutEffect: string[];
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** What a flag may be given that cannot be used. */
export class FlagError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FlagError';
  }
}

const booleans = new Set([
  'enable-profiling',
  'enable-metrics',
  'enable-app-health-check',
  'enable-api-logging',
  'enable-mtls',
  'app-ssl',
  'log-as-json',
  'disable-builtin-k8s-secret-store',
  'version',
  'dapr-http-read-all',
]);
const defaults: Flags = {
  appId: '',
  appPort: 0,
  appProtocol: 'http',
  appChannelAddress: '127.0.0.1',
  appMaxConcurrency: 0,
  httpPort: 3500,
  grpcPort: 0,
  publicPort: 0,
  metricsPort: 9090,
  listenAddresses: ['127.0.0.1'],
  resourcesPaths: [],
  maxBodyBytes: 4 * 1024 * 1024,
  gracefulShutdownSeconds: 5,
  blockShutdownMs: 0,
  logLevel: 'info',
  withoutEffect: [],
};

// Those of daprd.
const healthDefaults: AppHealthCheck = { path: '/healthz', intervalMs: 5_000, timeoutMs: 500, threshold: 3 };

interface Parsed extends Flags {
  checksHealth: boolean;
  counts: boolean;
  health: AppHealthCheck;
}

/** Takes `--name value`, `--name=value`, and both with one dash, as Go's flags do. */
export function parseFlags(args: readonly string[]): Flags {
  const flags: Parsed = {
    ...defaults,
    resourcesPaths: [],
    withoutEffect: [],
    checksHealth: false,
    counts: true,
    health: { ...healthDefaults },
  };
  for (let index = 0; index < args.length; index++) {
    const [, name = '', given] = /^--?([A-Za-z][\w-]*)(?:=(.*))?$/s.exec(args[index] ?? '') ?? [];
    if (name === '') throw new FlagError(`"${args[index]}" is no flag. Write --name value.`);
    const takesNext =
      given === undefined && !booleans.has(name) && args[index + 1] !== undefined && !(args[index + 1] ?? '').startsWith('--');
    const value = takesNext ? (args[++index] ?? '') : (given ?? '');
    apply(flags, name, value);
  }
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?$/.test(flags.appId))
    throw new FlagError(
      flags.appId === '' ? 'The app has no name. Give it by --app-id.' : '--app-id must be letters, digits, "-" and "_". Correct it.',
    );
  const { checksHealth, health, counts, ...parsed } = flags;
  if (!counts) parsed.metricsPort = 0;
  return checksHealth ? { ...parsed, healthCheck: health } : parsed;
}

function apply(flags: Parsed, name: string, value: string): void {
  switch (name) {
    case 'app-id':
      flags.appId = value;
      return;
    case 'app-port':
      flags.appPort = number(name, value, 65_535);
      return;
    case 'app-protocol':
      flags.appProtocol = protocol(value);
      return;
    case 'app-channel-address':
      flags.appChannelAddress = value;
      return;
    case 'app-max-concurrency':
      flags.appMaxConcurrency = value === '-1' ? 0 : number(name, value, 1_000_000);
      return;
    case 'dapr-http-port':
      flags.httpPort = number(name, value, 65_535);
      return;
    case 'dapr-grpc-port':
      flags.grpcPort = number(name, value, 65_535);
      return;
    case 'dapr-public-port':
      flags.publicPort = number(name, value, 65_535);
      return;
    case 'metrics-port':
      flags.metricsPort = number(name, value, 65_535);
      return;
    case 'enable-metrics':
      flags.counts = value !== 'false';
      return;
    case 'dapr-listen-addresses':
      flags.listenAddresses = value.split(',').map((address) => address.trim().replace(/^\[(.*)\]$/, '$1'));
      return;
    case 'resources-path':
    case 'components-path':
      flags.resourcesPaths.push(...value.split(',').filter((path) => path !== ''));
      return;
    case 'dapr-http-max-request-size':
      flags.maxBodyBytes = number(name, value, 2047) * 1024 * 1024;
      return;
    case 'max-body-size':
      flags.maxBodyBytes = size(value);
      return;
    case 'dapr-graceful-shutdown-seconds':
      flags.gracefulShutdownSeconds = number(name, value, 86_400);
      return;
    case 'dapr-block-shutdown-duration':
      flags.blockShutdownMs = span(name, value);
      return;
    case 'enable-app-health-check':
      flags.checksHealth = value !== 'false';
      return;
    case 'app-health-check-path':
      flags.health.path = value.startsWith('/') ? value : `/${value}`;
      return;
    case 'app-health-probe-interval':
      flags.health.intervalMs = atLeastOne(name, value, 86_400) * 1000;
      return;
    case 'app-health-probe-timeout':
      flags.health.timeoutMs = atLeastOne(name, value, 86_400_000);
      return;
    case 'app-health-threshold':
      flags.health.threshold = atLeastOne(name, value, 1_000_000);
      return;
    case 'log-level':
      flags.logLevel = level(value);
      return;
    default:
      flags.withoutEffect.push(name);
  }
}

function number(name: string, value: string, most: number): number {
  const parsed = /^\d{1,9}$/.test(value) ? Number(value) : NaN;
  if (parsed >= 0 && parsed <= most) return parsed;
  throw new FlagError(`--${name} must be a whole number from 0 to ${most}. Correct it.`);
}

function atLeastOne(name: string, value: string, most: number): number {
  const parsed = number(name, value, most);
  if (parsed > 0) return parsed;
  throw new FlagError(`--${name} must be a whole number from 1 to ${most}. Correct it.`);
}

function span(name: string, value: string): number {
  const parsed = duration('s').parse(value);
  if (parsed !== undefined) return parsed;
  throw new FlagError(`--${name} must be a duration such as "30s". Correct it.`);
}

function protocol(value: string): 'http' | 'grpc' {
  if (value === '' || value === 'http') return 'http';
  if (value === 'grpc') return 'grpc';
  throw new FlagError(`--app-protocol ${value} is not spoken by this runtime. Use http or grpc, or daprd.`);
}

function level(value: string): LogLevel {
  const levels: LogLevel[] = ['debug', 'info', 'warn', 'error', 'fatal'];
  const found = levels.find((each) => each === value);
  if (found === undefined) throw new FlagError(`--log-level must be one of: ${levels.join(', ')}. Correct it.`);
  return found;
}

const units: Record<string, number> = { '': 1, k: 1e3, ki: 2 ** 10, m: 1e6, mi: 2 ** 20, g: 1e9, gi: 2 ** 30 };

function size(value: string): number {
  const [, amount, unit = ''] = /^(\d{1,10})([kmg]i?)?b?$/i.exec(value) ?? [];
  if (amount === undefined) throw new FlagError('--max-body-size must be a size such as 4Mi. Correct it.');
  return Number(amount) * (units[unit.toLowerCase()] ?? 1);
}
