/** Names and prefixes with which a function's environment would change the runner itself, or pass for the platform's. */
export const refusedEnvNames: readonly string[] = ['NODE_OPTIONS', 'NODE_PATH', 'PATH'];
export const refusedEnvPrefixes: readonly string[] = ['LD_', 'DYLD_', 'OFN_'];
export const envNameRefusal = 'this name would change the runner and not only the function; choose another name';

export function isRefusedEnvName(name: string): boolean {
  return refusedEnvNames.includes(name) || refusedEnvPrefixes.some((prefix) => name.startsWith(prefix));
}
