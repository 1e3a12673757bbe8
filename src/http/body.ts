import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib';
import type { NetCode } from '../core/http.js';
import { findErrno } from './connection.js';

/** The encodings requested: exactly those `decodeBody` can decode under a limit. */
export const acceptEncoding = 'gzip, deflate, br';

type Decoder = (wire: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>;

const unGzip: Decoder = promisify(gunzip);
const unBrotli: Decoder = promisify(brotliDecompress);
const unZlib: Decoder = promisify(inflate);
const unDeflate: Decoder = promisify(inflateRaw);

/** `deflate` is zlib by its RFC and raw in some servers; the low half of a zlib stream's first byte is 8. */
function findDecoder(encoding: string, wire: Uint8Array): Decoder | undefined {
  if (encoding === 'gzip' || encoding === 'x-gzip') return unGzip;
  if (encoding === 'br') return unBrotli;
  if (encoding === 'deflate') return ((wire[0] ?? 0) & 0x0f) === 8 ? unZlib : unDeflate;
  return undefined;
}

const isEncoded = (encoding: string): boolean => encoding !== '' && encoding !== 'identity';

/** Returns a Content-Encoding header in lower case, trimmed. */
export const normalizeEncoding = (header: string | undefined): string => (header ?? '').trim().toLowerCase();

/** Returns the most bytes to read from the wire for an answer of `maxBytes`: packing incompressible data adds less than 0.1 %. */
export const limitOnWire = (encoding: string, maxBytes: number): number =>
  isEncoded(encoding) ? maxBytes + Math.ceil(maxBytes / 1000) + 1024 : maxBytes;

/** Collects an answer's bytes as they come off the wire, up to a limit. */
export class WireBody {
  private readonly chunks: Uint8Array[] = [];
  private size = 0;

  constructor(private readonly limit: number) {}

  /** False once the limit is passed; nothing more is kept then. */
  add(chunk: Uint8Array): boolean {
    this.size += chunk.length;
    if (this.size > this.limit) {
      this.chunks.length = 0;
      return false;
    }
    this.chunks.push(chunk);
    return true;
  }

  bytes(): Uint8Array {
    return this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks);
  }
}

type Decoded =
  { readonly ok: true; readonly body: Uint8Array } | { readonly ok: false; readonly code: NetCode };

/**
 * Decodes a Content-Encoding. Unpacking stops at the first block past `maxBytes`, so a bomb costs no more
 * memory than an honest answer of the largest size. Never throws.
 */
export async function decodeBody(wire: Uint8Array, encoding: string, maxBytes: number): Promise<Decoded> {
  if (wire.length === 0 || !isEncoded(encoding)) return { ok: true, body: wire };
  const decode = findDecoder(encoding, wire);
  if (!decode) return { ok: false, code: 'net.bad-encoding' };
  try {
    return { ok: true, body: await decode(wire, { maxOutputLength: Math.max(1, maxBytes) }) };
  } catch (error) {
    return {
      ok: false,
      code: findErrno(error) === 'ERR_BUFFER_TOO_LARGE' ? 'net.too-large' : 'net.bad-encoding',
    };
  }
}
