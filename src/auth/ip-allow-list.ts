import { BlockList, isIP, isIPv4 } from 'node:net';

/** A list of addresses and networks (`allowFrom`). */
export interface NetworkList {
  /** The address need not be determined. */
  readonly allowsAll: boolean;
  /** @param address IPv4 or IPv6 without a port. What is not an address is not allowed, unless all are. */
  allows(address: string): boolean;
}

/**
 * @param entries addresses and CIDR ranges of both families; none allows all. IPv4 written as IPv6
 *   (`::ffff:203.0.113.7`, as dual-stack sockets report it) is the same as IPv4, in entries and addresses;
 *   a zone (`fe80::1%eth0`) is ignored.
 * @throws {Error} for an entry that is neither.
 */
export function ipAllowList(entries: readonly string[]): NetworkList {
  if (entries.length === 0) return { allowsAll: true, allows: () => true };
  const list = new BlockList();
  for (const entry of entries) addEntry(list, entry);
  return {
    allowsAll: false,
    allows(address) {
      const bare = withoutZone(address);
      return isIP(bare) !== 0 && list.check(bare, familyOf(bare));
    },
  };
}

function addEntry(list: BlockList, entry: string): void {
  const [, text = '', bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(entry.trim()) ?? [];
  const address = withoutZone(text);
  const longest = isIPv4(address) ? 32 : 128;
  const prefix = bits === undefined ? longest : Number(bits);
  if (isIP(address) === 0 || prefix > longest) {
    throw new Error(
      `expected an address or a network such as 203.0.113.0/24 or 2001:db8::/32, got ${JSON.stringify(entry)}`,
    );
  }
  list.addSubnet(address, prefix, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv4(address) ? 'ipv4' : 'ipv6';
}

function withoutZone(address: string): string {
  const zone = address.indexOf('%');
  return zone < 0 ? address : address.slice(0, zone);
}
