import type { CloudEvent } from '../cloudevents/cloud-event.ts';
import { compileMatch, type Match } from './compile-match.ts';

/** A path on the app, for events that a rule takes; without a rule, for the others. */
export interface Route {
  match?: Match;
  path: string;
}

export function route(path: string, match?: string): Route {
  const absolute = path.startsWith('/') ? path : `/${path}`;
  return match === undefined || match === '' ? { path: absolute } : { path: absolute, match: compileMatch(match) };
}

/** The path of the first rule that takes the event; `undefined` when none does. */
export function pathFor(routes: readonly Route[], event: CloudEvent): string | undefined {
  return routes.find(({ match }) => match === undefined || match.takes(event))?.path;
}
