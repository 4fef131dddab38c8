/** What opens a repository; from the Secret that `srcRepo.credentials` names. */
export type GitCredentials =
  | { kind: 'basic'; username: string; password: string }
  /** `knownHosts` is the text of such a file: only hosts in it are believed. */
  | { kind: 'ssh'; privateKey: string; knownHosts: string };
