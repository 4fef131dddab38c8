import type { Route } from '../route/route.ts';

/** A request whose route leads to no Serving yet. */
export interface RouteWaiter {
  /** The route changed, or the wait is over. */
  onRoute(route: Route | undefined, now: number): void;
}

/**
 * Requests to functions that are being prepared. Who sends one may have heard from another gateway, or from the API, that the
 * function is ready, a moment before this gateway does.
 */
export class RouteWaits {
  readonly #waits = new Map<RouteWaiter, { id: string; until: number }>();
  readonly #routes: { get(id: string): Route | undefined };
  readonly #most: number;

  constructor(routes: { get(id: string): Route | undefined }, most: number) {
    this.#routes = routes;
    this.#most = most;
  }

  get size(): number {
    return this.#waits.size;
  }

  /** Answers false when too many wait already. */
  wait(waiter: RouteWaiter, id: string, until: number): boolean {
    if (this.#waits.size >= this.#most) return false;
    this.#waits.set(waiter, { id, until });
    return true;
  }

  cancel(waiter: RouteWaiter): void {
    this.#waits.delete(waiter);
  }

  /** To be called a few times a second. */
  sweep(now: number): void {
    for (const [waiter, { id, until }] of this.#waits) {
      const route = this.#routes.get(id);
      if (route?.serving === '' && route.isPending === true && now < until) continue;
      this.#waits.delete(waiter);
      waiter.onRoute(route, now);
    }
  }
}
