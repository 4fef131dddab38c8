import type { Builder, OFunction, Serving } from '@openfunction/resources';

/** Images and sources that Functions, their builds or their versions name: all of these may still be read. */
export function artifactReferences(world: {
  functions: readonly OFunction[];
  builders: readonly Builder[];
  servings: readonly Serving[];
}): string[] {
  const pinned = (image: string, digest: string | undefined): string[] => (digest === undefined ? [] : [`${untagged(image)}@${digest}`]);
  return [
    ...world.functions.flatMap(({ spec, status }) => [
      ...named(spec?.image, spec?.build?.srcRepo?.bundleContainer?.image),
      ...pinned(spec?.image ?? '', status?.revision?.imageDigest),
    ]),
    ...world.builders.flatMap(({ spec, status }) => [
      ...named(spec?.image, spec?.srcRepo?.bundleContainer?.image),
      ...pinned(spec?.image ?? '', status?.output?.digest),
    ]),
    ...world.servings.flatMap(({ spec }) => named(spec?.image)),
  ];
}

function named(...images: (string | undefined)[]): string[] {
  return images.filter((image) => image !== undefined);
}

function untagged(image: string): string {
  return image.split('@')[0]!.replace(/:[^:/]*$/, '');
}
