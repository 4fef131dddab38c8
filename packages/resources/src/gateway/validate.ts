import { broken, type CrossFieldRule } from '../checks/cross-field.ts';
import { checkMetadata } from '../checks/metadata.ts';
import { parsed } from '../checks/schema.ts';
import { invalid, type FieldCause } from '../field-cause.ts';
import { domain } from '../schema/text.ts';
import { renderTemplate } from './hosts.ts';
import { gatewaySchema, type GatewaySpec } from './schema.ts';

export const gatewayRules: readonly CrossFieldRule<GatewaySpec>[] = [
  {
    cel: '!(has(self.gatewayRef) && has(self.gatewayDef))',
    holds: ({ gatewayRef, gatewayDef }) => gatewayRef === undefined || gatewayDef === undefined,
    message: 'set only one of gatewayRef and gatewayDef',
    reason: 'FieldValueInvalid',
  },
];

const templateMessage = 'may hold {{.Name}}, {{.Namespace}} and {{.Domain}} and no other action';

function checkTemplates({ hostTemplate, pathTemplate, domain: Domain }: GatewaySpec): FieldCause[] {
  const names = { Name: 'name', Namespace: 'namespace', Domain };
  const host = hostTemplate === undefined ? undefined : renderTemplate(hostTemplate, names);
  const path = pathTemplate === undefined ? undefined : renderTemplate(pathTemplate, names);
  const causes: FieldCause[] = [];
  if (hostTemplate !== undefined && host === undefined) causes.push(invalid('spec.hostTemplate', templateMessage));
  if (host !== undefined && !domain.safeParse(host).success)
    causes.push(invalid('spec.hostTemplate', `gives "${host}", which is no host name`));
  if (pathTemplate !== undefined && path === undefined) causes.push(invalid('spec.pathTemplate', templateMessage));
  if (path !== undefined && !/^[A-Za-z0-9/._~-]+$/.test(path))
    causes.push(invalid('spec.pathTemplate', `gives "${path}", which is no path`));
  return causes;
}

/** Everything wrong with a Gateway as it was sent; none when it may be stored. */
export function validateGateway(object: unknown): FieldCause[] {
  const found = parsed(gatewaySchema, object);
  if ('causes' in found) return found.causes;
  const { spec } = found.value;
  return [...checkMetadata(found.value), ...broken(gatewayRules, spec, 'spec'), ...checkTemplates(spec)];
}
