/** What an operator allows beyond the rule that a build fetches nothing of the machine that it runs on. */
export interface SourceRules {
  /** Addresses or CIDRs that sources and packages may come from although they are loopback or link-local. */
  addresses: readonly string[];
  /** Folders of this machine below which a `file:` repository may lie. */
  folders: readonly string[];
}

/** Nothing beyond it. */
export const strictRules: SourceRules = { addresses: [], folders: [] };
