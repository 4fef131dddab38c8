import { forbidden, type FieldCause } from '../field-cause.ts';
import { envNameRefusal, isRefusedEnvName } from './env-names.ts';
import { templateParts } from './parts.ts';
import { refusalOf } from './refusal.ts';

interface Found {
  path: string;
  value: Record<string, unknown>;
}

function objectAt(path: string, value: unknown): Found[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? [{ path, value: value as Found['value'] }] : [];
}

/** Every object that lies at the path, with its own path. */
function objectsAt(root: Found, path: readonly string[]): Found[] {
  const [head, next, ...rest] = path;
  if (head === undefined) return [root];
  const child = Object.hasOwn(root.value, head) ? root.value[head] : undefined;
  const at = `${root.path}.${head}`;
  if (next !== '*') return objectAt(at, child).flatMap((found) => objectsAt(found, path.slice(1)));
  const items: unknown[] = Array.isArray(child) ? child : [];
  return items.flatMap((item, index) => objectAt(`${at}[${index}]`, item)).flatMap((found) => objectsAt(found, rest));
}

function refusedNames(root: Found): FieldCause[] {
  return objectsAt(root, ['containers', '*', 'env', '*'])
    .filter(({ value }) => isRefusedEnvName(String(value['name'])))
    .map(({ path }) => forbidden(`${path}.name`, envNameRefusal));
}

/** What a function may not set in its pod template. Looks at the object as it was sent, before unknown fields are pruned. */
export function refusedInTemplate(template: unknown, path: string): FieldCause[] {
  const [root] = objectAt(path, template);
  if (root === undefined) return [];
  const fields = templateParts.flatMap((part) =>
    objectsAt(root, part.path).flatMap((found) =>
      part.refused
        .filter(({ name }) => Object.hasOwn(found.value, name))
        .map(({ name }) => forbidden(`${found.path}.${name}`, refusalOf(name))),
    ),
  );
  return [...fields, ...refusedNames(root)];
}
