import { createHash } from 'node:crypto';
import path from 'node:path';
import { UserError } from '../../../core/errors.js';
import type { Files } from '../../../core/files.js';
import type { Client } from '../http/client.js';
import { longTimeoutMs } from '../http/client.js';
import type { Answered } from '../http/decode.js';
import { reading, unusableAnswer } from '../read.js';
import type { FileAddress } from './address.js';
import type { Voice } from './voice-record.js';
import { soundExtension } from './voice-record.js';

/** Bytes asked for at a time: as much is lost at most when a download breaks off. */
const chunkBytes = 4 * 1024 * 1024;
const maxVoiceBytes = 200_000_000;
const extensions = ['wav', 'mp3', 'ogg', 'bin'] as const;

export interface Stored {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** True where it was there before. */
  readonly kept: boolean;
}

/** Where a recording is stored; `name` is without an extension. */
export interface DownloadTarget {
  readonly files: Files;
  readonly folder: string;
  readonly name: string;
}

async function sha256(files: Files, file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of files.readBytes(file)) hash.update(chunk);
  return hash.digest('hex');
}

/** A recording that was fetched before, with the size mmDial says. */
export async function keptVoice(
  voice: Voice,
  { files, folder, name }: DownloadTarget,
): Promise<Stored | null> {
  for (const extension of extensions) {
    const file = `${name}.${extension}`;
    const bytes = await files.sizeOf(path.join(folder, file));
    if (bytes !== null && bytes > 0 && (voice.size === null || voice.size === bytes))
      return { file, bytes, sha256: await sha256(files, path.join(folder, file)), kept: true };
  }
  return null;
}

/**
 * Fetches a recording into `<name>.part` piece by piece and renames it when it is whole; a `.part` of an earlier try is
 * continued. The bytes are kept as they are. Throws UserError where it cannot be had.
 */
export async function downloadVoice(
  client: Client,
  voice: Voice,
  { url, own }: FileAddress,
  { files, folder, name }: DownloadTarget,
): Promise<Stored> {
  const part = path.join(folder, `${name}.part`);
  const bytes = await fill(client, { files, part }, { url, own }, voice.size);
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
  return { file, bytes, sha256: await sha256(files, path.join(folder, file)), kept: false };
}

async function headOf(files: Files, file: string): Promise<Uint8Array> {
  for await (const chunk of files.readBytes(file)) return chunk.subarray(0, 64);
  return new Uint8Array();
}

/** Appends pieces until the file is whole. Returns its size. */
async function fill(
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
  /** The server knows no ranges: this is the file from its beginning. */
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
