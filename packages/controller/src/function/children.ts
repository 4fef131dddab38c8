import { builderKind, keyOf, servingKind, type Builder, type KubeObject, type OFunction, type ResourceKind } from '@openfunction/resources';
import { StoreError, type Store } from '@openfunction/store';
import { supersededAnnotation } from './build-plan.ts';
import { functionOwner, type ChildIndex } from './child-index.ts';
import type { FunctionPlan } from './plan.ts';

const fieldManager = 'openfunction-controller';

interface ChildContext {
  store: Store;
  children: ChildIndex;
}

/** Makes what is missing, and stops what runs for nothing. */
export async function applyChildren(context: ChildContext, fn: OFunction, plan: FunctionPlan): Promise<void> {
  for (const builder of plan.cancel) await cancel(context.store, builder);
  if (plan.create.builder !== undefined) await applyChild(context, builderKind, fn, plan.create.builder);
  if (plan.create.serving !== undefined) await applyChild(context, servingKind, fn, plan.create.serving);
}

/** Deletes what is not wanted any more. */
export async function removeChildren(store: Store, fn: OFunction, { remove }: FunctionPlan): Promise<void> {
  const { namespace } = keyOf(fn);
  for (const name of remove.servings) await store.delete(servingKind, { namespace, name });
  for (const name of remove.builders) await store.delete(builderKind, { namespace, name });
}

async function cancel(store: Store, builder: Builder): Promise<void> {
  const annotations = { ...builder.metadata.annotations, [supersededAnnotation]: 'true' };
  const stopped: Builder = {
    ...builder,
    metadata: { ...builder.metadata, annotations },
    spec: { ...builder.spec, state: 'Cancelled' },
  };
  await store.update(builderKind, stopped).catch(unlessGone);
}

function unlessGone(error: unknown): void {
  if (!(error instanceof StoreError && error.code === 'NotFound')) throw error;
}

/** Applied and not created, so that labels which someone removed come back and those of others stay. */
async function applyChild<T extends KubeObject>(
  { store, children }: ChildContext,
  kind: ResourceKind<T>,
  fn: OFunction,
  child: T,
): Promise<void> {
  const present = await store.get(kind, keyOf(child));
  if (present !== undefined && functionOwner(present)?.uid !== fn.metadata.uid) {
    throw new Error(
      `The ${kind.kind} "${child.metadata.name}" is left from another owner. It goes with that; if nothing owns it, delete it.`,
    );
  }
  const { apiVersion, kind: kindName, metadata, spec } = child;
  const { name, namespace, labels, annotations, ownerReferences } = metadata;
  const wanted = { apiVersion, kind: kindName, metadata: { name, namespace, labels, annotations, ownerReferences }, spec } as T;
  children.seen(await store.apply(kind, wanted, { fieldManager }));
}
