/** Who is calling, as far as addresses tell. */
import { isIPv6 } from 'node:net';

/** Some gateways write a port into X-Forwarded-For: `203.0.113.7:5555`, `[2001:db8::1]:5555`. */
export function clientAddress(forwarded: string): string {
  const [, bracketed] = /^\[([^\]]+)\](?::\d+)?$/.exec(forwarded) ?? [];
  const [, v4] = /^(\d+(?:\.\d+){3}):\d+$/.exec(forwarded) ?? [];
  return bracketed ?? v4 ?? forwarded;
}

/** One client has at least a /64 of IPv6; counted by the single address, limits would be void. */
export function subnetKey(address: string): string {
  const bare = address.replace(/%.*$/s, '');
  const [, mapped] = /^::ffff:(\d+(?:\.\d+){3})$/i.exec(bare) ?? [];
  if (mapped !== undefined || !isIPv6(bare)) return mapped ?? bare;
  const [head = '', tail = ''] = bare.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const zeros = bare.includes('::') ? Math.max(0, 8 - before.length - after.length) : 0;
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
