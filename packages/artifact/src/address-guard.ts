import { lookup as resolve } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Says which addresses may be connected to for whoever names sources and registries. */
export interface AddressGuard {
  /** Throws for a name or a literal address that is not allowed, in whatever notation. */
  assertHost(host: string): void;
  /** Resolves names, and refuses every address that is not allowed: connect to what it answers, and to nothing else. */
  lookup: LookupFunction;
}

/** Where clouds answer every process of a machine with the machine's own credentials. */
const metadataHosts = ['metadata.google.internal', 'metadata.goog', 'instance-data', 'instance-data.ec2.internal'];
const forbidden = listOf([
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/3',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '::/128',
  '::1/128',
  'fe80::/10',
  'ff00::/8',
  'fd00:ec2::254/128',
  'fd20:ce::254/128',
  // IPv4 inside IPv6: by translation, 6to4 and compatibility.
  '64:ff9b::/96',
  '2002::/16',
  '::/96',
]);

export interface AddressGuardOptions {
  /** Addresses and CIDRs that are reached all the same. */
  allowed: readonly string[];
  /** The error for a host that is refused. */
  refused: (host: string) => Error;
}

/** Refuses loopback, link-local, metadata and multicast addresses: nothing that a user names is there, but much that users must not see. */
export function addressGuard({ allowed, refused }: AddressGuardOptions): AddressGuard {
  const exceptions = listOf(allowed);
  const assertAddress = (address: string): void => {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (forbidden.check(address, family) && !exceptions.check(address, family)) throw refused(address.slice(0, 100));
  };
  const assertHost = (host: string): void => {
    const bare = host
      .replace(/^\[|\]$/g, '')
      .replace(/\.$/, '')
      .toLowerCase();
    if (metadataHosts.includes(bare)) throw refused(bare.slice(0, 100));
    if (isIP(bare) !== 0) assertAddress(bare);
  };
  return {
    assertHost,
    lookup: (host, options, done) => {
      resolve(host, { ...options, all: true }, (error, addresses) => {
        try {
          if (error !== null) throw error;
          for (const { address } of addresses) assertAddress(address);
          const [first] = addresses;
          if (options.all === true) done(null, addresses);
          else done(null, first?.address ?? '', first?.family);
        } catch (refusal) {
          done(refusal as NodeJS.ErrnoException, '', 0);
        }
      });
    },
  };
}

function isAddressRange(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const family = isIP(address);
  const isPrefix = prefix === undefined || (/^[0-9]{1,3}$/.test(prefix) && Number(prefix) <= (family === 6 ? 128 : 32));
  return family !== 0 && isPrefix && more.length === 0;
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges.filter(isAddressRange)) {
    const [address = '', prefix] = range.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    list.addSubnet(address, prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix), family);
  }
  return list;
}
