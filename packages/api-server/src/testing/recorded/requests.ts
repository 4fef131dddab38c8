import type { Group } from './exchange.ts';
import { applyGroups } from './requests/apply.ts';
import { listGroups } from './requests/lists.ts';
import { objectGroups } from './requests/objects.ts';
import { patchGroups } from './requests/patches.ts';

/** Every request of the table. Groups do not know of each other: each has a namespace of its own. */
export const requestGroups: readonly Group[] = [...objectGroups, ...patchGroups, ...applyGroups, ...listGroups];
