import type { Block, OpenedComponent } from '@openfunction/components';
import type { AppComponents } from '../app/app-components.ts';
import { ApiError, type DaprCode } from './api-error.ts';

export interface Missing {
  /** When the app has none of the block. */
  notConfigured: DaprCode;
  notFound: DaprCode;
  /** What the block is called. */
  what: string;
}

/** The component of a name; says apart whether there is none at all. */
export function findComponent<B extends Block>(
  components: AppComponents,
  block: B,
  name: string,
  missing: Missing,
): Extract<OpenedComponent, { block: B }> {
  const found = components.find(block, name);
  if (found !== undefined) return found;
  if (components.of(block).length === 0)
    throw new ApiError(missing.notConfigured, `This app has no ${missing.what}. Is there a Component, with the app in its scopes?`);
  throw new ApiError(missing.notFound, `This app has no ${missing.what} "${name}". Check the name, and the scopes of the Component.`);
}
