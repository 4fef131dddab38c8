/** Who calls, by what it was verified with, and never by what the request says. */
export interface AppIdentity {
  id: string;
  namespace: string;
}
