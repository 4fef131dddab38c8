import { validateBuilder } from './builder/validate.ts';
import { checkMetadata } from './checks/metadata.ts';
import type { FieldCause } from './field-cause.ts';
import { validateFunction } from './function/validate.ts';
import { validateGateway } from './gateway/validate.ts';
import { builderKind, functionKind, gatewayKind, referenceGrantKind, servingKind } from './kinds.ts';
import type { KubeObject, ResourceKind } from './object.ts';
import { validateReferenceGrant } from './reference-grant/validate.ts';
import { validateServing } from './serving/validate.ts';

const validators: readonly { kind: ResourceKind; validate(object: KubeObject, old?: KubeObject): FieldCause[] }[] = [
  { kind: functionKind, validate: validateFunction },
  { kind: builderKind, validate: validateBuilder },
  { kind: servingKind, validate: validateServing },
  { kind: gatewayKind, validate: validateGateway },
  { kind: referenceGrantKind, validate: validateReferenceGrant },
];

/** Everything wrong with an object as it was sent; none when it may be stored. `old` is what it replaces. Of others' kinds only the metadata is judged. */
export function validateObject(kind: ResourceKind, object: KubeObject, old?: KubeObject): FieldCause[] {
  const found = validators.find((each) => each.kind.group === kind.group && each.kind.kind === kind.kind);
  return found === undefined ? checkMetadata(object) : found.validate(object, old);
}
