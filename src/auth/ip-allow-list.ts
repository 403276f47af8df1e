import { BlockList, isIP, isIPv4 } from 'node:net';

/** Where IPv6 has the addresses of IPv4. */
const IPV4_BITS = 96;
const IPV4_AS_IPV6 = new BlockList();
IPV4_AS_IPV6.addSubnet('::ffff:0:0', IPV4_BITS, 'ipv6');

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
 *   the zone of an address that asks (`fe80::1%eth0`) is ignored.
 * @throws {Error} for an entry for which {@link isNetwork} is false.
 */
export function ipAllowList(entries: readonly string[]): NetworkList {
  if (entries.length === 0) return { allowsAll: true, allows: () => true };
  const list = new BlockList();
  for (const entry of entries) {
    const network = parseNetwork(entry);
    if (network === undefined) {
      throw new Error(
        `expected an address or a network such as 203.0.113.0/24 or 2001:db8::/32, got ${JSON.stringify(entry)}`,
      );
    }
    list.addSubnet(network.address, network.prefix, familyOf(network.address));
  }
  return {
    allowsAll: false,
    allows(address) {
      const bare = withoutZone(address);
      return isIP(bare) !== 0 && list.check(bare, familyOf(bare));
    },
  };
}

interface Network {
  readonly address: string;
  /** Leading bits that count. */
  readonly prefix: number;
}

/** @returns whether the text is an address or a CIDR range. */
export function isNetwork(text: string): boolean {
  return parseNetwork(text) !== undefined;
}

function parseNetwork(text: string): Network | undefined {
  const [, address = '', bits] = /^([^/%]*)(?:\/(\d{1,3}))?$/.exec(text.trim()) ?? [];
  if (isIP(address) === 0) return undefined;
  const longest = isIPv4(address) ? 32 : 128;
  const prefix = bits === undefined ? longest : Number(bits);
  // IPv4 as IPv6 with a prefix as for IPv4, such as `::ffff:203.0.113.0/24`, would be all of IPv4.
  const shortest = !isIPv4(address) && IPV4_AS_IPV6.check(address, 'ipv6') ? IPV4_BITS : 0;
  return prefix > longest || prefix < shortest ? undefined : { address, prefix };
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv4(address) ? 'ipv4' : 'ipv6';
}

function withoutZone(address: string): string {
  const zone = address.indexOf('%');
  return zone < 0 ? address : address.slice(0, zone);
}
