import type { Block } from '@openfunction/components';
import type { Clock } from '@openfunction/reconcile';
import type { AppIdentity } from '../app/app-identity.ts';
import type { ResiliencyDocument } from './resiliency-document.ts';
import { resolvePolicy, type PolicyTarget } from './resolve-policy.ts';
import { policyRunner, type PolicyRunner } from './run-with-policy.ts';

/** The policies of one app at work. Breakers are kept per target, for as long as the app is. */
export interface Resilience {
  /** `undefined` where nothing is to be done but the operation. */
  outbound(block: Block, component: string): PolicyRunner | undefined;
  inbound(block: Block, component: string): PolicyRunner | undefined;
  /** For an app that there is. */
  app(callee: string): PolicyRunner | undefined;
}

export interface ResilienceOptions {
  documents: readonly ResiliencyDocument[];
  app: AppIdentity;
  clock: Clock;
  random(): number;
  ending: AbortSignal;
}

export function resilience(options: ResilienceOptions): Resilience {
  const { app, ...rest } = options;
  const documents = options.documents.filter(
    ({ scopes, namespace }) => (scopes.length === 0 || scopes.includes(app.id)) && (namespace === undefined || namespace === app.namespace),
  );
  const runners = new Map<string, PolicyRunner | undefined>();
  const runnerOf = (key: string, target: PolicyTarget, what: string): PolicyRunner | undefined => {
    if (documents.length === 0) return undefined;
    if (runners.has(key)) return runners.get(key);
    const policy = resolvePolicy(documents, target);
    const runner = Object.keys(policy).length === 0 ? undefined : policyRunner({ ...rest, policy, what });
    runners.set(key, runner);
    return runner;
  };
  const towards = (direction: 'inbound' | 'outbound') => (block: Block, component: string) => {
    const what = direction === 'outbound' ? `component "${component}"` : `app, for component "${component}",`;
    return runnerOf(`${direction}/${block}/${component}`, { kind: 'component', block, component, direction }, what);
  };
  return {
    outbound: towards('outbound'),
    inbound: towards('inbound'),
    app: (callee) => runnerOf(`app/${callee}`, { kind: 'app', app: callee }, `app "${callee}"`),
  };
}
