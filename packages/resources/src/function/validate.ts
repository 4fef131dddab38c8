import { refusedInTemplate, refuseEnvNames, type FieldCause } from '../refused.ts';
import { functionSchema, type BuildSpec, type OFunction, type ServingTemplateSpec } from './schema.ts';

const cause = (field: string, message: string): FieldCause => ({ field, reason: 'FieldValueInvalid', message });

/** `git@host:path` and URLs; nothing that git would take for an option or a remote helper. */
export function isGitUrl(url: string): boolean {
  if (/\s/u.test(url) || url.startsWith('-')) return false;
  return /^(?:https?|ssh|git|file):\/\/[^-]/u.test(url) || /^git@[A-Za-z0-9][A-Za-z0-9.-]*:[^-:]/u.test(url);
}

function validateBuild(build: BuildSpec): FieldCause[] {
  const causes: FieldCause[] = [];
  const { url, bundleContainer } = build.srcRepo;
  if (!build.builder && !build.dockerfile) causes.push(cause('spec.build', 'set builder or dockerfile'));
  if (!url === !bundleContainer) causes.push(cause('spec.build.srcRepo', 'set exactly one of url and bundleContainer'));
  if (url && !isGitUrl(url)) {
    causes.push(cause('spec.build.srcRepo.url', 'is not a git URL; use https, http, ssh, git, file or git@host:path'));
  }
  return causes;
}

function validateServing(serving: ServingTemplateSpec): FieldCause[] {
  const { minReplicas = 0, maxReplicas = 10, keda } = serving.scaleOptions ?? {};
  const path = 'spec.serving.scaleOptions';
  const causes = refuseEnvNames(Object.keys(serving.params ?? {}), 'spec.serving.params');
  if (minReplicas > maxReplicas) causes.push(cause(`${path}.minReplicas`, 'is above maxReplicas; lower it'));
  const scaled = [keda?.httpScaledObject, keda?.scaledObject, keda?.scaledJob].filter(Boolean);
  if (scaled.length > 1) causes.push(cause(`${path}.keda`, 'set only one of httpScaledObject, scaledObject and scaledJob'));
  return causes;
}

function validateSpec({ spec, metadata }: OFunction): FieldCause[] {
  const causes: FieldCause[] = [];
  if (!/^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/u.test(metadata.name)) {
    causes.push(cause('metadata.name', 'must be lower-case letters, digits and -, begin with a letter, at most 63'));
  }
  if (!spec.build && !spec.serving) causes.push(cause('spec', 'set build, serving or both'));
  if (spec.build && !spec.imageCredentials?.name) causes.push(cause('spec.imageCredentials.name', 'is needed to push what build makes'));
  if (spec.build) causes.push(...validateBuild(spec.build));
  if (spec.serving) causes.push(...validateServing(spec.serving));
  return causes;
}

/** Everything wrong with a Function as it was sent; none when it may be stored. */
export function validateFunction(object: unknown): FieldCause[] {
  const parsed = functionSchema.safeParse(object);
  if (!parsed.success) {
    return parsed.error.issues.map((issue) => cause(issue.path.join('.'), issue.message));
  }
  const raw = object as { spec: { serving?: { template?: unknown } } };
  return [...validateSpec(parsed.data), ...refusedInTemplate(raw.spec.serving?.template, 'spec.serving.template')];
}
