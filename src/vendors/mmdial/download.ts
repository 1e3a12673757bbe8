import { createHash } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import path from 'node:path';
import { UserError } from '../../core/errors.js';
import type { Files } from '../../core/files.js';
import { type Json, type JsonObject, isObject, plainText } from '../../core/json.js';
import type { Answered } from './answers.js';
import { type Client, longTimeoutMs } from './client.js';
import { areRecords, listOf } from './leads-get.js';
import { reading, unusableAnswer } from './read.js';

/** IPv4 networks that hold no file of the vendor: this machine, its networks, link-local (cloud metadata), reserved. */
const insideIPv4 = new BlockList();
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
  insideIPv4.addSubnet(network, bits, 'ipv4');

const publicIPv6 = new BlockList();
publicIPv6.addSubnet('2000::', 3, 'ipv6');
const tunnelsIPv6 = new BlockList();
for (const [network, bits] of [
  ['2001::', 32],
  ['2002::', 16],
  ['2001:db8::', 32],
] as const)
  tunnelsIPv6.addSubnet(network, bits, 'ipv6');

/**
 * True for an address that is not on the public internet. IPv6 outside 2000::/3, mapped and tunnelled IPv4 included.
 */
export function isInside(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return insideIPv4.check(address, 'ipv4');
  if (version === 6) return !publicIPv6.check(address, 'ipv6') || tunnelsIPv6.check(address, 'ipv6');
  return true;
}

/** Every address of a host name. */
type Resolve = (host: string) => Promise<readonly string[]>;

export const resolveAll: Resolve = async (host) =>
  (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address);

/** The address of a file. `own`: it is the profile's own server, the only one that is sent the login. */
interface FileAddress {
  readonly url: string;
  readonly own: boolean;
}

const refuse = (why: string): Error =>
  unusableAnswer(`the address of the file is refused: ${why}`, 'vendor.unsafe-url', 'Nothing was downloaded');

/**
 * Judges an address a vendor's answer gave. Relative ones are read against the base. The profile's own server (same
 * scheme, host and port; `http:` to the host of an https base becomes https) is accepted; any other must be https where
 * the base is, and must not resolve into this machine or its networks. Throws UserError (exit 5, `vendor.unsafe-url`).
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
  await requirePublic(url.hostname.replace(/^\[|\]$/g, ''), resolve);
  return { url: url.href, own: false };
}

async function requirePublic(host: string, resolve: Resolve): Promise<void> {
  const addresses = isIP(host) === 0 ? await resolve(host).catch(() => []) : [host];
  if (addresses.length === 0) throw refuse('its host name is not known');
  if (addresses.some(isInside)) throw refuse('it points into this machine or its own network');
}

/** A recording as mmDial describes it; numbers as text. */
export interface Voice {
  readonly recid: string;
  readonly agentid: string;
  /** RFC-3339-like local time of the dialler, or as it came where it cannot be read. */
  readonly timestamp: string;
  readonly available: boolean;
  readonly voiceid: string;
  readonly url: string;
  /** Seconds. */
  readonly length: string;
  /** Bytes; null where it is no count. */
  readonly size: number | null;
}

/** 14 digits, Unix seconds, or `Y-m-d H:i:s`; the zone is not documented, so none is added. */
export function voiceTime(value: Json | undefined): string {
  const text = plainText(value).trim();
  const digits = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text);
  if (digits) return `${digits.slice(1, 4).join('-')}T${digits.slice(4).join(':')}`;
  if (/^\d{9,10}$/.test(text)) return new Date(Number(text) * 1000).toISOString().replace('.000', '');
  return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text) ? text.replace(' ', 'T') : text;
}

function readVoice(voice: JsonObject): Voice {
  const size = plainText(voice['size']).trim();
  return {
    recid: plainText(voice['recid']),
    agentid: plainText(voice['agentid']),
    timestamp: voiceTime(voice['timestamp']),
    available: plainText(voice['available']).trim().toLowerCase() === 'yes' || voice['available'] === true,
    voiceid: plainText(voice['voiceid']),
    url: plainText(voice['url']).trim(),
    length: plainText(voice['length']),
    size: /^\d{1,15}$/.test(size) ? Number(size) : null,
  };
}

/**
 * `voices` is "json Objekt" in the document though there can be several: a list, a map and a single object are read.
 */
const entriesOf = (value: Json | undefined): Json[] =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0 ? listOf(value) : [];

export const readVoices = (value: Json | undefined): Voice[] =>
  entriesOf(value).filter(isObject).map(readVoice);

/** True where `voices` is a list of recordings or an empty one; anything else must not look like "no recordings". */
export const areVoices = (value: Json | undefined): boolean => {
  if (typeof value !== 'object' || value === null) return false;
  const entries = entriesOf(value);
  return entries.length === 0 || areRecords(entries);
};

const fileNamePart = (text: string): string =>
  text
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);

/**
 * A file name without extension, of letters, digits and `-` alone, made from the ids and the time: never from the
 * server's path. Names that would be the same get a number.
 */
export function safeNames(voices: readonly Voice[]): string[] {
  const used = new Set<string>();
  return voices.map((voice) => {
    const stem = ['voice', fileNamePart(voice.recid || voice.voiceid), fileNamePart(voice.timestamp)]
      .filter(Boolean)
      .join('-');
    let name = stem;
    for (let count = 2; used.has(name.toLowerCase()); count += 1) name = `${stem}-${count}`;
    used.add(name.toLowerCase());
    return name;
  });
}

/** Extension by the first bytes; null for a web page or JSON, which is no recording. */
export function soundExtension(head: Uint8Array): string | null {
  const text = Buffer.from(head.subarray(0, 64)).toString('latin1');
  if (text.startsWith('RIFF')) return 'wav';
  if (text.startsWith('OggS')) return 'ogg';
  if (text.startsWith('ID3') || /^\u00ff[\u00e0-\u00ff]/.test(text)) return 'mp3';
  return /^\s*(?:<|\{)/.test(text) ? null : 'bin';
}

/** Bytes a request asks for; at most so many are lost when a download breaks off. */
const chunkBytes = 4 * 1024 * 1024;
const maxVoiceBytes = 200_000_000;
const soundExtensions = ['wav', 'mp3', 'ogg', 'bin'] as const;

interface Stored {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** True where an earlier run had downloaded it. */
  readonly kept: boolean;
}

/** Where a recording is stored; `name` is without an extension. */
export interface DownloadTarget {
  readonly files: Files;
  readonly folder: string;
  readonly name: string;
}

async function hashFile(files: Files, file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of files.readBytes(file)) hash.update(chunk);
  return hash.digest('hex');
}

/** The recording from an earlier download, if its size is the one mmDial gives; else null. */
export async function keptVoice(
  voice: Voice,
  { files, folder, name }: DownloadTarget,
): Promise<Stored | null> {
  for (const extension of soundExtensions) {
    const file = `${name}.${extension}`;
    const bytes = await files.sizeOf(path.join(folder, file));
    if (bytes !== null && bytes > 0 && (voice.size === null || voice.size === bytes))
      return { file, bytes, sha256: await hashFile(files, path.join(folder, file)), kept: true };
  }
  return null;
}

/**
 * Fetches a recording into `<name>.part` piece by piece and renames it when it is whole; a `.part` of an earlier try is
 * continued. The bytes are kept as they are. Throws UserError where the recording cannot be fetched.
 */
export async function downloadVoice(
  client: Client,
  voice: Voice,
  { url, own }: FileAddress,
  { files, folder, name }: DownloadTarget,
): Promise<Stored> {
  const part = path.join(folder, `${name}.part`);
  const bytes = await fetchPieces(client, { files, part }, { url, own }, voice.size);
  if (voice.size !== null && voice.size !== bytes) {
    await files.remove(part);
    throw unusableAnswer(
      `${bytes} bytes came, ${voice.size} were announced`,
      'vendor.size-mismatch',
      'Try again',
    );
  }
  if (bytes === 0) {
    await files.remove(part);
    throw unusableAnswer('nothing came in place of a recording');
  }
  const extension = soundExtension(await headOf(files, part));
  if (extension === null) {
    await files.remove(part);
    throw unusableAnswer('a web page or JSON came in place of a recording');
  }
  const file = `${name}.${extension}`;
  await files.rename(part, path.join(folder, file));
  return { file, bytes, sha256: await hashFile(files, path.join(folder, file)), kept: false };
}

async function headOf(files: Files, file: string): Promise<Uint8Array> {
  for await (const chunk of files.readBytes(file)) return chunk.subarray(0, 64);
  return new Uint8Array();
}

/** Appends pieces until the file is whole. Returns its size. */
async function fetchPieces(
  client: Client,
  { files, part }: { readonly files: Files; readonly part: string },
  address: FileAddress,
  size: number | null,
): Promise<number> {
  let at = (await files.sizeOf(part)) ?? 0;
  if (size !== null && at > size) {
    await files.remove(part);
    at = 0;
  }
  while (size === null || at < size) {
    const piece = await fetchPiece(client, address, at);
    if (piece === 'beyond') return at;
    const from = piece.whole ? 0 : at;
    await files.writePiece(part, piece.body, from);
    at = from + piece.body.length;
    if (piece.whole || piece.last || piece.body.length === 0) return at;
    if (at > maxVoiceBytes) throw unusableAnswer('the recording is larger than 200 MB', 'vendor.too-large');
  }
  return at;
}

interface Piece {
  readonly body: Uint8Array;
  /** True where the server ignores ranges: `body` is the file from its beginning. */
  readonly whole: boolean;
  readonly last: boolean;
}

async function fetchPiece(client: Client, { url, own }: FileAddress, at: number): Promise<Piece | 'beyond'> {
  const limits = { timeoutMs: longTimeoutMs, maxBytes: maxVoiceBytes };
  const range = `bytes=${at}-${at + chunkBytes - 1}`;
  let beyond = false;
  const answer = await reading(client, async () => {
    const result = await client.file(url, own, limits, { range, 'accept-encoding': 'identity' });
    beyond = at > 0 && result.kind === 'answer' && result.status === 416;
    return result;
  }).catch((error: unknown) => {
    if (beyond && error instanceof UserError) return null;
    throw error;
  });
  return answer === null ? 'beyond' : pieceOf(answer, at);
}

function pieceOf({ status, headers, body }: Answered, at: number): Piece {
  if (status !== 206) return { body, whole: true, last: true };
  const [, start, end, total] =
    /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers['content-range']?.trim() ?? '') ?? [];
  if (Number(start) !== at || Number(end) - at + 1 !== body.length)
    throw unusableAnswer('another part of the file came than was asked for');
  return {
    body,
    whole: false,
    last: total !== undefined && total !== '*' && Number(end) + 1 >= Number(total),
  };
}
