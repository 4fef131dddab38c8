const least = [22, 19] as const;

/** What keeps `ofn` from running under this version of Node, as `engines` of its package says it. */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > least[0] || (major === least[0] && minor >= least[1])) return undefined;
  return `ofn needs Node ${least.join('.')} or newer, and this is Node ${version}. Install a newer one: https://nodejs.org/en/download`;
}
