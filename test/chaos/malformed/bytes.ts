import { gzipSync } from 'node:zlib';
import iconv from 'iconv-lite';
import type { Random } from '../../../src/core/twin.js';
import { pick } from './case.js';

/** A way to write a text down, some of them wrong. */
export const encodings: readonly (readonly [string, (text: string) => Buffer])[] = [
  ['UTF-8', (text) => Buffer.from(text)],
  ['UTF-8 with BOM', (text) => Buffer.from(`\ufeff${text}`)],
  ['UTF-8 with two BOMs', (text) => Buffer.from(`\ufeff\ufeff${text}`)],
  ['UTF-16LE', (text) => Buffer.from(text, 'utf16le')],
  ['UTF-16LE with BOM', (text) => Buffer.from(`\ufeff${text}`, 'utf16le')],
  ['UTF-16BE', (text) => iconv.encode(text, 'utf-16be')],
  ['UTF-16BE with BOM', (text) => iconv.encode(text, 'utf-16be', { addBOM: true })],
  ['UTF-16LE cut in a unit', (text) => Buffer.from(`\ufeff${text}`, 'utf16le').subarray(0, -1)],
  ['UTF-32LE', (text) => iconv.encode(text, 'utf-32le', { addBOM: true })],
  ['windows-1252', (text) => iconv.encode(text, 'windows-1252')],
  ['windows-1251', (text) => iconv.encode(text.replaceAll('Görlitz', 'Москва'), 'windows-1251')],
  ['ISO-8859-1', (text) => iconv.encode(text, 'iso-8859-1')],
  ['Mac Roman', (text) => iconv.encode(text, 'macroman')],
  ['Shift JIS', (text) => iconv.encode(text, 'shift_jis')],
  ['UTF-7', (text) => iconv.encode(text, 'utf-7')],
  ['UTF-8 twice', (text) => Buffer.from(Buffer.from(text).toString('latin1'))],
  [
    'half UTF-8, half windows-1252',
    (text) => Buffer.concat([Buffer.from(text), iconv.encode(text, 'windows-1252')]),
  ],
  ['UTF-8 cut in a character', (text) => Buffer.concat([Buffer.from(text), Buffer.from('ö').subarray(0, 1)])],
  [
    'UTF-8 with overlong forms',
    (text) => Buffer.concat([Buffer.from(text), Buffer.from([0xc0, 0xaf, 0xe0, 0x80, 0xaf, 0x0a])]),
  ],
  [
    'UTF-8 with surrogates',
    (text) => Buffer.concat([Buffer.from(text), Buffer.from([0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80, 0x0a])]),
  ],
];

const at = (random: Random, { length }: Uint8Array): number => random.between(0, Math.max(0, length - 1));

const insert = (bytes: Buffer, place: number, piece: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, place), piece, bytes.subarray(place)]);

const junk = (random: Random, length: number): Buffer =>
  Buffer.from(Array.from({ length }, () => random.between(0, 255)));

/** Damage that knows nothing of the format. */
export const byteDamages: readonly (readonly [string, (bytes: Buffer, random: Random) => Buffer])[] = [
  [
    'bits turned',
    (bytes, random) => {
      const turned = Buffer.from(bytes);
      for (let count = random.between(1, 8); count > 0 && turned.length > 0; count -= 1) {
        const place = at(random, turned);
        turned[place] = (turned[place] ?? 0) ^ (1 << random.between(0, 7));
      }
      return turned;
    },
  ],
  ['cut', (bytes, random) => bytes.subarray(0, at(random, bytes))],
  ['the beginning cut', (bytes, random) => bytes.subarray(at(random, bytes))],
  ['a part twice', (bytes, random) => insert(bytes, at(random, bytes), bytes.subarray(at(random, bytes)))],
  [
    'a part lost',
    (bytes, random) => {
      const from = at(random, bytes);
      return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + random.between(1, 40))]);
    },
  ],
  ['junk inside', (bytes, random) => insert(bytes, at(random, bytes), junk(random, random.between(1, 60)))],
  ['a NUL inside', (bytes, random) => insert(bytes, at(random, bytes), Buffer.of(0))],
  ['FF inside', (bytes, random) => insert(bytes, at(random, bytes), Buffer.of(0xff))],
  ['a quote inside', (bytes, random) => insert(bytes, at(random, bytes), Buffer.from('"'))],
  [
    'a delimiter inside',
    (bytes, random) => insert(bytes, at(random, bytes), Buffer.from(pick(random, [';', ',', '\t', '|']))),
  ],
  [
    'a line end inside',
    (bytes, random) =>
      insert(bytes, at(random, bytes), Buffer.from(pick(random, ['\n', '\r', '\r\n', '\u2028', '\u0085']))),
  ],
  [
    'a bracket inside',
    (bytes, random) =>
      insert(bytes, at(random, bytes), Buffer.from(pick(random, ['{', '}', '[', ']', ':', '\\']))),
  ],
  [
    'a control character inside',
    (bytes, random) =>
      insert(bytes, at(random, bytes), Buffer.of(pick(random, [1, 7, 8, 11, 12, 27, 31, 127]))),
  ],
  [
    'an escape sequence inside',
    (bytes, random) => insert(bytes, at(random, bytes), Buffer.from('\u001b]0;x\u0007\u001b[2J')),
  ],
  ['NULs behind', (bytes) => Buffer.concat([bytes, Buffer.alloc(64)])],
  [
    'zeros in place of the end',
    (bytes, random) => Buffer.concat([bytes.subarray(0, at(random, bytes)), Buffer.alloc(512)]),
  ],
  [
    'shuffled blocks',
    (bytes, random) => {
      const half = at(random, bytes);
      return Buffer.concat([bytes.subarray(half), bytes.subarray(0, half)]);
    },
  ],
];

/** Files that are no table at all. */
export const notText = (random: Random): readonly [string, Buffer] =>
  pick(random, [
    ['nothing', Buffer.alloc(0)],
    ['a blank', Buffer.from(' ')],
    ['line ends', Buffer.from('\r\n\n\r\n')],
    ['a BOM alone', Buffer.from('\ufeff')],
    ['a BOM of UTF-16 alone', Buffer.of(0xff, 0xfe)],
    ['NULs', Buffer.alloc(300)],
    ['junk', junk(random, random.between(1, 4_000))],
    ['gzip', gzipSync('Telefon;Vorname\n+491713920001;Eva\n')],
    ['zip', Buffer.concat([Buffer.from('PK\u0003\u0004\u0014\u0000'), junk(random, 200)])],
    ['a PDF', Buffer.from('%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n')],
    ['a PNG', Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), junk(random, 100)])],
    [
      'a web page',
      Buffer.from('<!DOCTYPE html><html><body><table><tr><td>Telefon</td></tr></table></body></html>'),
    ],
    ['a database', Buffer.from('SQLite format 3\u0000\u0010\u0000')],
    ['an e-mail', Buffer.from('From: a@example.com\r\nSubject: Leads\r\n\r\n+491713920001\r\n')],
    ['quotes', Buffer.from('"'.repeat(random.between(1, 300)))],
    ['one very long line', Buffer.from('a'.repeat(300_000))],
  ] as const);
