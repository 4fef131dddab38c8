import { gatewayDefaults, setCondition, type Condition, type FieldCause, type Gateway, type GatewayStatus } from '@openfunction/resources';
import { because } from '../condition-error.ts';
import { causesText } from '../function/status.ts';

type Said = Pick<Condition, 'status' | 'reason' | 'message'>;

export interface GatewayWorld {
  causes: readonly FieldCause[];
  /** The IP address by which callers from outside come in, where one is known. */
  address: string | undefined;
  now: string;
}

/** What a Gateway's status says. */
export function gatewayStatus(gateway: Gateway, { causes, address, now }: GatewayWorld): GatewayStatus {
  const { namespace = '', generation: observedGeneration = 0 } = gateway.metadata;
  const invalid: Said | undefined = causes.length === 0 ? undefined : { status: 'False', reason: 'Invalid', message: causesText(causes) };
  const scheduled = invalid ?? scheduledOf(gateway);
  const ready: Said = scheduled.status === 'True' ? { status: 'True', reason: 'ResourcesAvailable', message: '' } : scheduled;
  const accepted: Said = invalid ?? { status: 'True', reason: 'Accepted', message: '' };
  const said = [
    { type: 'Accepted', ...accepted },
    { type: 'Scheduled', ...scheduled },
    { type: 'Ready', ...ready },
  ];
  const conditions = said.reduce(
    (all, each) => setCondition(all, { ...each, observedGeneration }, now),
    gateway.status?.conditions ?? ([] as Condition[]),
  );
  if (invalid !== undefined) return { ...gateway.status, observedGeneration, conditions };
  const addresses = [{ type: 'Hostname', value: `gateway.${namespace}.svc.${gatewayDefaults(gateway.spec).clusterDomain}` }];
  if (address !== undefined) addresses.push({ type: 'IPAddress', value: address });
  return { ...gateway.status, observedGeneration, addresses, conditions };
}

function scheduledOf({ spec }: Gateway): Said {
  const field = spec.gatewayRef !== undefined ? 'gatewayRef' : spec.gatewayDef !== undefined ? 'gatewayDef' : undefined;
  if (field === undefined) return { status: 'True', reason: 'ResourcesAvailable', message: '' };
  const message = `${field} has no effect yet: no Kubernetes Gateway is used or made. The gateway of the platform serves this domain; remove ${field} to say that it should.`;
  return { status: 'False', reason: because('NotReconciled'), message };
}
