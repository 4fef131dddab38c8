import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { SourceRules } from '@openfunction/builder';

/** What builds on this machine may fetch beyond what every build may. */
export interface BuildSources {
  rules: SourceRules;
  /** The text of a known_hosts file. */
  knownHosts?: string;
}

const maximumHosts = 1 << 20;

/** What the user of this machine allows, with the SSH hosts that the user knows: none of that is secret. */
export function buildSources(rules: SourceRules, env: Readonly<Record<string, string | undefined>>): BuildSources {
  const knownHosts = env['HOME'] === undefined ? undefined : readHosts(path.join(env['HOME'], '.ssh/known_hosts'));
  return knownHosts === undefined ? { rules } : { rules, knownHosts };
}

function readHosts(file: string): string | undefined {
  try {
    const text = readFileSync(file, 'utf8');
    return text.length > maximumHosts ? undefined : text;
  } catch {
    return undefined;
  }
}
