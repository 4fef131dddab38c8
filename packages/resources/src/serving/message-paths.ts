import type { ServingTemplateSpec } from '../function/schema.ts';

/**
 * The path at which a function takes messages of a source, as the functions framework expects it. A topic is one plain segment: gateways
 * refuse `%2F` and segments of dots, both of which topics have, so `~` and two hexadecimal digits stand for each other byte.
 */
export function messagePath({ component, topic }: { component: string; topic?: string | undefined }): string {
  const path = `/${encodeURIComponent(component)}`;
  return topic === undefined ? path : `${path}/${topic.replaceAll(/[^A-Za-z0-9_-]/gu, escaped)}`;
}

function escaped(character: string): string {
  return [...Buffer.from(character)].map((byte) => `~${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}

/** Where the messages of a function come in. */
export function messagePaths({ triggers, bindings, pubsub }: ServingTemplateSpec): string[] {
  const paths = (triggers?.dapr ?? []).flatMap(({ name: component, topic }) => {
    if (bindings?.[component] !== undefined) return [messagePath({ component })];
    return pubsub?.[component] === undefined || topic === undefined ? [] : [messagePath({ component, topic })];
  });
  return [...new Set(paths)];
}
