import { gatewayDefaults, setCondition, type Condition, type FieldCause, type Gateway, type GatewayStatus } from '@openfunction/resources';
import { because } from '../condition-error.ts';
import type { Entry } from './entry.ts';
import { causesText } from '../function/status.ts';

type Said = Pick<Condition, 'status' | 'reason' | 'message'>;

export interface GatewayWorld {
  causes: readonly FieldCause[];
  /** The IP address by which callers from outside come in, where one is known. */
  address: string | undefined;
  /** Undefined: no Kubernetes Gateway is asked for. */
  entry: Entry | undefined;
  /** The Service `gateway` beside it may not be made, in this namespace. */
  lacksService?: boolean;
  now: string;
}

/** What a Gateway's status says. */
export function gatewayStatus(gateway: Gateway, { causes, address, entry, lacksService = false, now }: GatewayWorld): GatewayStatus {
  const { generation: observedGeneration = 0 } = gateway.metadata;
  const invalid: Said | undefined = causes.length === 0 ? undefined : { status: 'False', reason: 'Invalid', message: causesText(causes) };
  const accepted = invalid ?? unlistened(gateway) ?? refusal(entry) ?? { status: 'True', reason: 'Accepted', message: '' };
  const scheduled: Said = accepted.status === 'True' ? { status: 'True', reason: 'ResourcesAvailable', message: '' } : accepted;
  const ready = scheduled.status === 'True' ? (unprogrammed(entry) ?? scheduled) : scheduled;
  const said = [
    { type: 'Accepted', ...accepted },
    { type: 'Scheduled', ...scheduled },
    { type: 'Ready', ...ready },
    ...resolved(gateway, lacksService),
  ];
  const conditions = said.reduce(
    (all, each) => setCondition(all, { ...each, observedGeneration }, now),
    gateway.status?.conditions ?? ([] as Condition[]),
  );
  if (invalid !== undefined) return { ...gateway.status, observedGeneration, conditions };
  const addresses = lacksService ? [] : [{ type: 'Hostname', value: serviceName(gateway) }];
  const outside = entry?.found?.status?.addresses?.find(({ type }) => type === undefined || type === 'IPAddress')?.value ?? address;
  if (outside !== undefined) addresses.push({ type: 'IPAddress', value: outside });
  return { ...gateway.status, observedGeneration, addresses, conditions };
}

function serviceName({ metadata, spec }: Gateway): string {
  return `gateway.${metadata.namespace ?? ''}.svc.${gatewayDefaults(spec).clusterDomain}`;
}

/** The names of Functions inside the cluster go by the Service beside the Gateway; that they lead there is worth a word only where they did not. */
function resolved(gateway: Gateway, lacksService: boolean): Pick<Condition, 'type' | 'status' | 'reason' | 'message'>[] {
  const type = 'NamesResolved';
  const wasSaid = gateway.status?.conditions?.some((each) => each.type === type) === true;
  if (!lacksService) return wasSaid ? [{ type, status: 'True', reason: 'ServiceMade', message: '' }] : [];
  const { namespace = '' } = gateway.metadata;
  const message = `No Service "gateway" was made, so ${serviceName(gateway)} and the names of Functions inside the cluster lead nowhere: the namespace "${namespace}" is not enabled. Enable it, or move the Gateway to one that is. Callers from outside are served.`;
  return [{ type, status: 'False', reason: because('NamespaceNotEnabled'), message }];
}

function unlistened({ spec }: Gateway): Said | undefined {
  const wrong = spec.gatewaySpec?.listeners?.find(({ protocol, tls }) => protocol !== 'HTTP' || tls !== undefined);
  if (wrong === undefined) return undefined;
  const message = `The listener "${wrong.name}" asks for ${wrong.protocol === 'HTTP' ? 'TLS' : wrong.protocol}, which is not served yet. Use protocol HTTP without tls; what serves TLS may stand in front.`;
  return { status: 'False', reason: because('ListenerNotSupported'), message };
}

function refusal(entry: Entry | undefined): Said | undefined {
  return entry?.refused && { status: 'False', reason: because(entry.refused.code), message: entry.refused.message };
}

function unprogrammed(entry: Entry | undefined): Said | undefined {
  if (entry?.found === undefined) return undefined;
  const { metadata, status } = entry.found;
  const programmed = status?.conditions?.find(({ type }) => type === 'Programmed');
  if (programmed?.status === 'True') return undefined;
  const why = programmed?.message || 'nothing is known of it yet';
  const message = `The Kubernetes Gateway "${metadata.namespace}/${metadata.name}" does not work yet: ${why}`;
  return { status: 'False', reason: because('NotReconciled'), message };
}
