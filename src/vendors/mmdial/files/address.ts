import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { unusableAnswer } from '../read.js';

/** Addresses no file of the vendor can be at: this machine, its networks, link-local (cloud metadata), reserved. */
const inside = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  inside.addSubnet(network, bits, 'ipv4');

const outside6 = new BlockList();
outside6.addSubnet('2000::', 3, 'ipv6');
const tunnels = new BlockList();
for (const [network, bits] of [
  ['2001::', 32],
  ['2002::', 16],
  ['2001:db8::', 32],
] as const)
  tunnels.addSubnet(network, bits, 'ipv6');

/** True for an address that is not on the public internet. IPv6 outside 2000::/3, mapped and tunnelled IPv4 included. */
export function isInside(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return inside.check(address, 'ipv4');
  if (version === 6) return !outside6.check(address, 'ipv6') || tunnels.check(address, 'ipv6');
  return true;
}

/** Every address of a host name. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export const resolveAll: Resolve = async (host) =>
  (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address);

/** Where a file is, and whether it is the profile's own server, which alone is sent the login. */
export interface FileAddress {
  readonly url: string;
  readonly own: boolean;
}

const refuse = (why: string): Error =>
  unusableAnswer(`the address of the file is refused: ${why}`, 'vendor.unsafe-url', 'Nothing was downloaded');

/**
 * Judges an address a vendor's answer gave. Relative ones are read against the base. The profile's own server (same
 * scheme, host and port; `http:` to the host of an https base becomes https) is taken; any other must be https, or the
 * base is not, and must not resolve into this machine or its networks. Throws UserError (exit 5, `vendor.unsafe-url`).
 */
export async function fileAddress(given: string, base: string, resolve: Resolve): Promise<FileAddress> {
  const home = new URL(`${base}/`);
  const url = URL.canParse(given, home.href) ? new URL(given, home.href) : null;
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) throw refuse('it is no web address');
  if (url.username !== '' || url.password !== '') throw refuse('it holds a login');
  url.hash = '';
  const insecure = home.protocol === 'https:' && url.protocol === 'http:';
  if (insecure && url.hostname === home.hostname && url.port === '') {
    url.protocol = 'https:';
    url.port = home.port;
  }
  if (url.origin === home.origin) return { url: url.href, own: true };
  if (home.protocol === 'https:' && url.protocol === 'http:') throw refuse('it is not https');
  await mustBePublic(url.hostname.replace(/^\[|\]$/g, ''), resolve);
  return { url: url.href, own: false };
}

async function mustBePublic(host: string, resolve: Resolve): Promise<void> {
  const addresses = isIP(host) === 0 ? await resolve(host).catch(() => []) : [host];
  if (addresses.length === 0) throw refuse('its host name is not known');
  if (addresses.some(isInside)) throw refuse('it points into this machine or its own network');
}
