/** On a Builder and a Serving: the name of its Function. */
export const functionLabel = 'openfunction.io/function';
export const servingLabel = 'openfunction.io/serving';
export const builderLabel = 'openfunction.io/builder';
/** On a Serving: the ready Serving that it is to replace. */
export const replacesAnnotation = 'openfunction.io/replaces';
/** On a Function, and then on its Servings: `loaded` keeps a version from being ready before an instance has loaded it. */
export const readyWhenAnnotation = 'openfunction.io/ready-when';

/** Whether a version has to show first that it loads, though nobody calls it yet. */
export function mustLoadFirst(annotations: Readonly<Record<string, string>> | undefined): boolean {
  return annotations?.[readyWhenAnnotation] === 'loaded';
}
