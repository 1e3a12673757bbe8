import type { Meaning } from './endpoint.js';
import type { Wire } from './wire.js';
import {
  answer,
  bomb,
  bytes,
  chunked,
  cut,
  drip,
  encoded,
  endless,
  hangUp,
  html,
  packers,
  page,
  reset,
  says,
  shaped,
  silence,
  successHead,
} from './wire.js';

/** An answer any server may give to any request, and what it means. */
export interface Generic {
  readonly name: string;
  /** Several, parted by `|`, where the documents leave it open. */
  readonly meaning: Meaning | `${Meaning}|${Meaning}`;
  readonly wire: Wire;
  /** Nothing more comes: the client's deadline decides. */
  readonly slow?: boolean;
  /** Only of interest where the documented answer is JSON. */
  readonly json?: boolean;
}

const same = (yes: string): string => yes;
const line = (text: string): string => `HTTP/1.1 ${text}\r\n\r\n`;
const xml = '<?xml version="1.0"?><response><success>true</success></response>';

const whole: readonly Generic[] = [
  { name: 'success', meaning: 'success', wire: shaped(same) },
  { name: 'success with 201', meaning: 'success', wire: answer(201, same) },
  { name: 'success with 202', meaning: 'success|unsure', wire: answer(202, same) },
  { name: 'success without Content-Type', meaning: 'success', wire: answer(200, same, {}) },
  {
    name: 'success as text/html',
    meaning: 'success',
    wire: answer(200, same, { 'Content-Type': 'text/html' }),
  },
  { name: 'success, no reason phrase', meaning: 'success', wire: answer('HTTP/1.1 200', same) },
  { name: 'success in chunks', meaning: 'success', wire: chunked((yes) => [yes]) },
  { name: 'success in chunks of a character', meaning: 'success', wire: chunked((yes) => [...yes]) },
  { name: 'success, gzip', meaning: 'success', wire: encoded('gzip', packers.gzip) },
  { name: 'success, deflate', meaning: 'success', wire: encoded('deflate', packers.deflate) },
  { name: 'success, raw deflate', meaning: 'success', wire: encoded('deflate', packers.raw) },
  { name: 'success, br', meaning: 'success', wire: encoded('br', packers.br) },
  { name: 'success, identity', meaning: 'success', wire: encoded('identity', (text) => text) },
  { name: 'success after a BOM', meaning: 'success', wire: shaped((yes) => `\ufeff${yes}`) },
  { name: 'success amid white space', meaning: 'success', wire: shaped((yes) => `\r\n\t ${yes} \n`) },
  {
    name: 'success after 100 Continue',
    meaning: 'success',
    wire: bytes((yes) => line('100 Continue') + successHead(yes) + yes),
  },
  {
    name: 'success after 102 Processing',
    meaning: 'success',
    wire: bytes((yes) => line('102 Processing') + successHead(yes) + yes),
  },
  {
    name: 'success after 103 Early Hints',
    meaning: 'success',
    wire: bytes((yes) => `HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${successHead(yes)}${yes}`),
  },
  {
    name: 'success after twenty 100 Continue',
    meaning: 'success',
    wire: bytes((yes) => line('100 Continue').repeat(20) + successHead(yes) + yes),
  },
  {
    name: 'success of HTTP/1.0, ended by the end',
    meaning: 'success|unsure',
    wire: bytes((yes) => `HTTP/1.0 200 OK\r\n\r\n${yes}`),
  },
  {
    name: 'success and bytes after its length',
    meaning: 'success|unsure',
    wire: bytes((yes) => `${successHead(yes)}${yes}GARBAGE`),
  },
  {
    name: 'success and a second answer',
    meaning: 'success|unsure',
    wire: bytes((yes) => `${successHead(yes)}${yes}${line('500 Late')}`),
  },
];

const statuses: readonly Generic[] = [
  ...[300, 301, 302, 303, 305, 307, 308].map((status): Generic => ({
    name: `${status} to another host`,
    meaning: 'unsure',
    wire: answer(status, same, { Location: 'ELSEWHERE' }),
  })),
  { name: '302 to itself', meaning: 'unsure', wire: html(302, { Location: '/' }) },
  { name: '301 without Location', meaning: 'unsure', wire: html(301) },
  { name: '304', meaning: 'unsure', wire: bytes(() => line('304 Not Modified')) },
  { name: '204', meaning: 'unsure', wire: bytes(() => line('204 No Content')) },
  { name: '205', meaning: 'unsure', wire: answer(205, () => '') },
  ...[401, 403].flatMap((status): Generic[] => [
    { name: `${status} page`, meaning: 'credentials', wire: html(status) },
    { name: `${status} empty`, meaning: 'credentials', wire: answer(status, () => '') },
    { name: `${status} with success`, meaning: 'contradiction', wire: answer(status, same) },
  ]),
  ...[404, 405, 406, 407, 408, 409, 410, 411, 413, 414, 415, 418, 421, 423, 425, 431, 451].map(
    (status): Generic => ({
      name: `${status} page`,
      meaning: 'unsure',
      wire: html(status),
    }),
  ),
  ...[400, 404, 408, 409, 413, 418, 422].map((status): Generic => ({
    name: `${status} with success`,
    meaning: 'contradiction',
    wire: answer(status, same),
  })),
  { name: '400 page', meaning: 'unsure', wire: html(400) },
  { name: '429', meaning: 'slow-down', wire: html(429) },
  ...[
    '7',
    '0',
    '-5',
    '9'.repeat(30),
    '9'.repeat(400),
    'soon',
    '1e3',
    'Thu, 01 Jan 1970 00:00:00 GMT',
    'Fri, 31 Dec 9999 23:59:59 GMT',
    '7, 9',
    '',
  ].map((after): Generic => ({
    name: `429 Retry-After ${after.length > 40 ? 'of 400 digits' : JSON.stringify(after)}`,
    meaning: 'slow-down',
    wire: html(429, { 'Retry-After': after }),
  })),
  { name: '429 with success', meaning: 'contradiction', wire: answer(429, same) },
  ...[500, 501, 502, 503, 504, 507, 520, 599].map((status): Generic => ({
    name: `${status} page`,
    meaning: 'unsure',
    wire: html(status),
  })),
  { name: '500 empty', meaning: 'unsure', wire: answer(500, () => '') },
  { name: '500 with success', meaning: 'unsure', wire: answer(500, same) },
  { name: '503 Retry-After', meaning: 'unsure', wire: html(503, { 'Retry-After': '1' }) },
  { name: '503 with success', meaning: 'unsure', wire: answer(503, same) },
  { name: 'status 600', meaning: 'unsure', wire: answer(600, same) },
  { name: 'status 999', meaning: 'unsure', wire: answer(999, same) },
];

const bodies: readonly Generic[] = [
  ['nothing', ''],
  ['a blank', ' '],
  ['ok', 'ok'],
  ['page', page],
  ['xml', xml],
  ['null', 'null'],
  ['true', 'true'],
  ['"true"', '"true"'],
  ['0', '0'],
  ['17', '17'],
  ['"ok"', '"ok"'],
  ['NaN', 'NaN'],
  ['[]', '[]'],
  ['{}', '{}'],
  ['[{}]', '[{}]'],
  ['[null]', '[null]'],
  ['[1,2]', '[1,2]'],
  ['half a key', '{"a'],
  ['half an object', '{"a":'],
  ['data null', '{"data":null}'],
  ['data []', '{"data":[]}'],
  ['a stranger: success', '{"success":true}'],
  ['a stranger: ok', '{"ok":true}'],
  ['a stranger: status success', '{"status":"success"}'],
  ['a stranger: result', '{"result":"OK"}'],
  ['a stranger: code 0', '{"code":0,"msg":"success"}'],
  ['an error without a shape', '{"error":{"code":500,"text":"x"}}'],
  ['an error of a proxy', '{"error":"upstream connect error","code":503}'],
  ['unicode', '{"\u00fc\u{1f600}":"\u202e\u0000"}'.replace('\u0000', '\\u0000')],
  ['a lone surrogate', '{"a":"\\ud800"}'],
  [
    '__proto__',
    '{"__proto__":{"imported":true,"saved":true,"processed":true,"cancelled":true,"status":"ok"}}',
  ],
  ['lists a hundred thousand deep', '['.repeat(100_000) + ']'.repeat(100_000)],
  ['objects a hundred thousand deep', '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000)],
].map(([name, text]): Generic => ({ name: `200: ${name}`, meaning: 'unsure', wire: says(text as string) }));

const bytesThatAreNone: readonly Generic[] = [
  { name: '200: NUL', meaning: 'unsure', wire: says(Buffer.alloc(16)) },
  {
    name: '200: random bytes',
    meaning: 'unsure',
    wire: says(Buffer.from('fffe80c1f5a0ed9f00'.repeat(9), 'hex')),
  },
  {
    name: '200: success in UTF-16',
    meaning: 'unsure',
    wire: shaped((yes) => Buffer.from(`\ufeff${yes}`, 'utf16le')),
  },
];

const shapes: readonly Generic[] = (
  [
    ['twice', (yes) => yes + yes],
    ['on two lines', (yes) => `${yes}\n${yes}`],
    ['and more', (yes) => `${yes} trailing`],
    ['after a PHP warning', (yes) => `<br />\n<b>Warning</b>: x in y on line 3<br />\n${yes}`],
    ['before a PHP warning', (yes) => `${yes}\n<br />\n<b>Notice</b>`],
    ['in brackets', (yes) => `[${yes}]`],
    ['as text', (yes) => JSON.stringify(yes)],
    ['in result', (yes) => `{"result":${yes}}`],
    ['as JSONP', (yes) => `cb(${yes});`],
    ["after )]}'", (yes) => `)]}'\n${yes}`],
    ['in single quotes', (yes) => yes.replaceAll('"', "'")],
    ['with a comma too many', (yes) => yes.replace(/\}$/, ',}')],
    ['with a comment', (yes) => yes.replace(/^\{/, '{/* x */')],
    ['cut after a character', (yes) => yes.slice(0, 1)],
    ['cut after a tenth', (yes) => yes.slice(0, Math.max(1, Math.floor(yes.length / 10)))],
    ['cut at half', (yes) => yes.slice(0, Math.floor(yes.length / 2))],
    ['cut at three quarters', (yes) => yes.slice(0, Math.floor((yes.length * 3) / 4))],
    ['cut before its last character', (yes) => yes.slice(0, -1)],
    ['without its first character', (yes) => yes.slice(1)],
  ] as readonly [string, (yes: string) => string][]
).map(([name, shape]): Generic => ({
  name: `200: success ${name}`,
  meaning: 'unsure',
  wire: shaped(shape),
  json: true,
}));

const transport: readonly Generic[] = [
  { name: 'reset before a byte', meaning: 'unsure', wire: reset },
  { name: 'closed before a byte', meaning: 'unsure', wire: hangUp },
  { name: 'half a status line', meaning: 'unsure', wire: bytes(() => 'HTTP/1.1 2') },
  { name: 'half the headers', meaning: 'unsure', wire: bytes(() => 'HTTP/1.1 200 OK\r\nContent-Ty') },
  {
    name: 'headers without their end',
    meaning: 'unsure',
    wire: bytes((yes) => `HTTP/1.1 200 OK\r\nA: b\r\n${yes}`),
  },
  ...[0, 0.5, 1].flatMap((part): Generic[] => [
    { name: `closed at ${part * 100} % of the body`, meaning: 'unsure', wire: cut(part, 'close') },
    { name: `reset at ${part * 100} % of the body`, meaning: 'unsure', wire: cut(part, 'reset') },
  ]),
  {
    name: 'a chunk cut',
    meaning: 'unsure',
    wire: bytes((yes) => `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n${yes}`),
  },
  { name: 'chunks without the last one', meaning: 'unsure', wire: chunked((yes) => [yes], '') },
  { name: 'half a last chunk', meaning: 'unsure', wire: chunked((yes) => [yes], '0\r') },
  { name: 'a chunk size that is none', meaning: 'unsure', wire: chunked(() => [], 'zz\r\n') },
  {
    name: 'two lengths',
    meaning: 'success|unsure',
    wire: bytes(
      (yes) =>
        `HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: ${Buffer.byteLength(yes)}\r\n\r\n${yes}`,
    ),
  },
  {
    name: 'a length below zero',
    meaning: 'success|unsure',
    wire: bytes((yes) => `HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n${yes}`),
  },
  {
    name: 'a length and chunks',
    meaning: 'success|unsure',
    wire: bytes(
      (yes) =>
        `HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n${Buffer.byteLength(yes).toString(16)}\r\n${yes}\r\n0\r\n\r\n`,
    ),
  },
  { name: 'no HTTP at all', meaning: 'unsure', wire: bytes((yes) => yes) },
  {
    name: 'another protocol',
    meaning: 'unsure',
    wire: bytes(() => Buffer.from('150301000202 28'.replaceAll(' ', ''), 'hex')),
  },
  { name: 'ICY 200', meaning: 'unsure', wire: bytes((yes) => `ICY 200 OK\r\n\r\n${yes}`) },
  {
    name: 'a status that is no number',
    meaning: 'unsure',
    wire: bytes((yes) => `HTTP/1.1 OK 200\r\n\r\n${yes}`),
  },
  {
    name: '101 Switching Protocols',
    meaning: 'unsure',
    wire: bytes((yes) => `HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n${yes}`),
  },
  { name: '100 Continue and the end', meaning: 'unsure', wire: bytes(() => line('100 Continue')) },
  {
    name: 'headers of 200 KB',
    meaning: 'unsure',
    wire: bytes(
      (yes) =>
        `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(200_000)}\r\nContent-Length: ${Buffer.byteLength(yes)}\r\n\r\n${yes}`,
    ),
  },
  {
    name: 'a header with a control character',
    meaning: 'success|unsure',
    wire: bytes(
      (yes) => `HTTP/1.1 200 OK\r\nX: a\u0001b\r\nContent-Length: ${Buffer.byteLength(yes)}\r\n\r\n${yes}`,
    ),
  },
  {
    name: 'announces a gigabyte',
    meaning: 'unsure',
    wire: silence(() => 'HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n['),
  },
  { name: 'gzip that is none', meaning: 'unsure', wire: encoded('gzip', (text) => text) },
  {
    name: 'gzip cut at half',
    meaning: 'unsure',
    wire: encoded('gzip', (text) => packers.gzip(text).subarray(0, 15)),
  },
  { name: 'gzip said to be br', meaning: 'unsure', wire: encoded('br', packers.gzip) },
  {
    name: 'gzip twice',
    meaning: 'unsure',
    wire: encoded('gzip, gzip', (text) => packers.gzip(packers.gzip(text))),
  },
  { name: 'an encoding nobody knows', meaning: 'unsure', wire: encoded('zstd', (text) => text) },
];

const slow: readonly Generic[] = [
  { name: 'no answer', meaning: 'unsure', slow: true, wire: silence(() => '') },
  {
    name: '100 Continue and silence',
    meaning: 'unsure',
    slow: true,
    wire: silence(() => line('100 Continue')),
  },
  { name: 'headers only', meaning: 'unsure', slow: true, wire: silence((yes) => successHead(yes)) },
  {
    name: 'all but the last byte',
    meaning: 'unsure',
    slow: true,
    wire: silence((yes) => successHead(yes) + yes.slice(0, -1)),
  },
  {
    name: 'chunks without end',
    meaning: 'unsure',
    slow: true,
    wire: silence(
      (yes) =>
        `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${Buffer.byteLength(yes).toString(16)}\r\n${yes}\r\n`,
    ),
  },
  { name: 'headers that drip', meaning: 'unsure', slow: true, wire: drip((yes) => successHead(yes)) },
  {
    name: 'a body that drips',
    meaning: 'unsure',
    slow: true,
    wire: drip((yes) => `HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n${yes}`),
  },
];

/** Every answer that is crossed with every endpoint. */
export const generic: readonly Generic[] = [
  ...whole,
  ...statuses,
  ...bodies,
  ...bytesThatAreNone,
  ...shapes,
  ...transport,
  ...slow,
];

/** What costs as much as the largest answer may: crossed with one endpoint of each way to ask. */
export const heavy: readonly Generic[] = [
  { name: 'gzip bomb', meaning: 'unsure', wire: bomb('gzip') },
  { name: 'br bomb', meaning: 'unsure', wire: bomb('br') },
  { name: 'a stream without end', meaning: 'unsure', wire: endless },
];
