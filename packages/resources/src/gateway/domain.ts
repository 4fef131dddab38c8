/** Names of these domains hold the address that they lead to. */
const magic = new Set(['sslip.io', 'nip.io']);

/** Whether the domain is one of magic DNS, and needs the address where the gateway listens. */
export function isMagicDomain(domain: string): boolean {
  return magic.has(domain);
}

/** The suffix of external host names: of magic DNS with the address in front. Undefined while that is not known. */
export function externalDomain(domain: string, address: string | undefined): string | undefined {
  if (!isMagicDomain(domain)) return domain;
  // An IPv6 address has dashes for its colons; no label may be empty, so what is left out is a zero.
  return address === undefined ? undefined : `${address.includes(':') ? dashed(address) : address}.${domain}`;
}

function dashed(address: string): string {
  const text = address.toLowerCase().replaceAll(':', '-');
  return text.replace(/^-/, '0-').replace(/-$/, '-0');
}
