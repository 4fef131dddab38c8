import { setTimeout as sleep } from 'node:timers/promises';
import type { Routes } from '@openfunction/protocol';
import { fromWire } from './route/from-wire.ts';
import { readyForPatterns } from './route/patterns.ts';
import type { Route } from './route/route.ts';
import type { RouteTable } from './route-table.ts';
import { routesCopy, type RoutesCopy } from './routes-copy.ts';

export interface FollowRoutesOptions {
  routes: Pick<Routes, 'watch'>;
  table: RouteTable;
  gatewayId: string;
  /** Where the copy lies from which a gateway starts when no controller answers. */
  copyPath: string;
  signal: AbortSignal;
  /** The table is what a controller said, for the first time and again after each connection. */
  onWhole?: () => void;
  /** Pause between attempts. Default 500. */
  retryMs?: number;
  /** How long changes are collected before the copy is written again. Default 1,000. */
  copyDelayMs?: number;
}

/** Keeps the table like the controller says, until aborted. Starts from the copy on disk; a snapshot replaces all at once. */
export async function followRoutes(options: FollowRoutesOptions): Promise<void> {
  const { table, signal } = options;
  const copy = routesCopy({ path: options.copyPath, routes: () => table.routes(), delayMs: options.copyDelayMs ?? 1000 });
  const copied = await copy.read();
  for (const route of copied) await readyForPatterns(route);
  table.replaceAll(copied);
  while (!signal.aborted) {
    try {
      await followOnce(options, copy);
    } catch {
      // The table stays as it is: old routes serve better than none.
    }
    await sleep(options.retryMs ?? 500, undefined, { signal }).catch(() => undefined);
  }
  await copy.close();
}

async function followOnce({ routes, table, gatewayId, signal, onWhole }: FollowRoutesOptions, copy: RoutesCopy): Promise<void> {
  let snapshot: Map<string, Route> | undefined = new Map();
  for await (const update of routes.watch({ gatewayId }, signal)) {
    if (update.snapshotEnd !== undefined) {
      if (snapshot !== undefined) table.replaceAll(snapshot.values());
      snapshot = undefined;
      onWhole?.();
    } else if (update.upsert !== undefined) {
      const route = fromWire(update.upsert);
      await readyForPatterns(route);
      if (snapshot === undefined) table.upsert(route);
      else snapshot.set(route.id, route);
    } else if (update.remove) {
      if (snapshot === undefined) table.remove(update.remove);
      else snapshot.delete(update.remove);
    }
    if (snapshot === undefined) copy.changed();
  }
}
