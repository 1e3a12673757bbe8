import { isoTime, lastMoment } from '../core/clock.js';
import { type Json, type JsonObject, writeJson } from '../core/json.js';
import type { Column } from '../core/report.js';
import { isRowState, type RowState } from '../core/life.js';

export type Env = Readonly<Record<string, string | undefined>>;

/** chalk's levels: none, 16 colours, 256, 16 million. */
export type ColorLevel = 0 | 1 | 2 | 3;

/** What a colour means; `loadPaint` decides which colour it is. */
type Tone = 'good' | 'bad' | 'warn' | 'info' | 'dim' | 'strong';

/** Colours a text, or returns it unchanged. */
export type Paint = (tone: Tone, text: string) => string;

export const noPaint: Paint = (_tone, text) => text;

/** FORCE_COLOR's own levels; anything else that is set means: yes. */
function readForcedLevel(value: string): ColorLevel {
  if (value === '0' || value === 'false') return 0;
  return value === '2' ? 2 : value === '3' ? 3 : 1;
}

function detectLevel(env: Env): ColorLevel {
  if (env.COLORTERM === 'truecolor' || env.COLORTERM === '24bit') return 3;
  return /256/.test(env.TERM ?? '') ? 2 : 1;
}

/**
 * Returns the colour level of one stream. The flag decides, else NO_COLOR (set and not empty: none), else FORCE_COLOR (not empty),
 * else none for `TERM=dumb` and whatever is not a terminal.
 */
export function chooseColorLevel(env: Env, isTTY: boolean, flag: boolean | undefined): ColorLevel {
  if (flag !== undefined) return flag ? detectLevel(env) : 0;
  if (env.NO_COLOR) return 0;
  if (env.FORCE_COLOR) return readForcedLevel(env.FORCE_COLOR);
  return isTTY && env.TERM !== 'dumb' ? detectLevel(env) : 0;
}

/** Returns the paint of a level; chalk is loaded only for colours. */
export async function loadPaint(level: ColorLevel): Promise<Paint> {
  if (level === 0) return noPaint;
  const { Chalk } = await import('chalk');
  const chalk = new Chalk({ level });
  const tones: Record<Tone, (text: string) => string> = {
    good: chalk.green,
    bad: chalk.red,
    warn: chalk.yellow,
    info: chalk.cyan,
    dim: chalk.dim,
    strong: chalk.bold,
  };
  return (tone, text) => tones[tone](text);
}

/**
 * Whether decoration may use characters beyond ASCII. The locale decides, as it does for the C library:
 * LC_ALL, else LC_CTYPE, else LANG. cron sets none of them. Data is UTF-8 either way.
 */
export function allowsUnicode(env: Env): boolean {
  if (env.TERM === 'dumb' || env.TERM === 'linux') return false;
  if (env.WT_SESSION || env.TERM_PROGRAM === 'vscode') return true;
  return /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '');
}

/**
 * What a terminal would act on instead of showing: control characters (escape sequences start with one), line and
 * paragraph separators, directional overrides, invisible joins of lines, lone surrogates.
 */
const unsafeCharacter = /[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u;
const unsafeCharacters = new RegExp(unsafeCharacter.source, 'gu');

const namedEscapes: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\\': '\\\\',
};

/** Returns a character as `\n`, `\r`, `\t`, `\\`, else as `\u001b`. */
export const escapeCharacter = (char: string): string =>
  namedEscapes[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * Returns foreign text made safe to show: one line, and nothing in it that moves the cursor, sets colours, rings, changes the
 * title or turns the reading direction. Such characters stay visible as `\n`, `\u001b`.
 */
export const printable = (text: string): string =>
  unsafeCharacter.test(text) ? text.replace(unsafeCharacters, escapeCharacter) : text;

const escape = '\u001b';
/** The colours and weights of `paint`, nothing else: bold, dim, 8 colours, grey, and their ends. */
const ownStyle = new RegExp(`${escape}\\[(?:0|1|2|22|3[1-7]|39|90)m`, 'u');
const ownStyles = new RegExp(`(${ownStyle.source})`, 'gu');

/** Returns a line of our own made safe: our colours stay, or go where the output has none; the rest is escaped. */
export function printableStyled(text: string, colors: boolean): string {
  if (!text.includes(escape)) return printable(text);
  return text
    .split(ownStyles)
    .map((part) => (ownStyle.test(part) ? (colors ? part : '') : printable(part)))
    .join('');
}

/** JSON text has no control characters below space; these others are written as `\uXXXX`, which reads back the same. */
const unsafeInJson = /[\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** JSON on one line (or indented), safe to show and equal to the value when parsed. */
export const jsonText = (value: unknown, indent = 0): string =>
  writeJson(value, indent).replace(unsafeInJson, escapeCharacter);

/** One line of ndjson, newline included. */
export const jsonLine = (value: unknown): string => `${jsonText(value)}\n`;

/** Text of one column a character: Latin, Greek, Cyrillic without marks. Nearly every cell is. */
const narrowText =
  /^[\u0020-\u007e\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027\u2030-\u205e]*$/;

const emoji = /\p{Emoji_Presentation}|\ufe0f/u;
const invisible = /^[\p{Mn}\p{Me}\p{Cf}\p{Default_Ignorable_Code_Point}]*$/u;

/** East Asian Wide and Fullwidth blocks (Unicode 16, UAX #11), first and last code point. */
const wide: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x3247],
  [0x3250, 0x4dbf],
  [0x4e00, 0xa4c6],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6b],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18d08],
  [0x1aff0, 0x1b2fb],
  [0x1f200, 0x1f265],
  [0x20000, 0x3fffd],
];

const isWide = (point: number): boolean => wide.some(([first, last]) => point >= first && point <= last);

let segmenter: Intl.Segmenter | undefined;

function measureGrapheme(grapheme: string): number {
  if (invisible.test(grapheme)) return 0;
  if (emoji.test(grapheme)) return 2;
  return isWide(grapheme.codePointAt(0) ?? 0) ? 2 : 1;
}

/** Returns the columns a `printable` text takes in a terminal: no control characters, no styles. */
export function measureWidth(text: string): number {
  if (narrowText.test(text)) return text.length;
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += measureGrapheme(segment);
  return width;
}

interface StateMark {
  readonly unicode: string;
  readonly ascii: string;
  readonly tone: Tone;
}

const marks: Readonly<Record<RowState, StateMark>> = {
  ready: { unicode: '○', ascii: 'o', tone: 'info' },
  sending: { unicode: '→', ascii: '>', tone: 'info' },
  delivered: { unicode: '✔', ascii: '+', tone: 'good' },
  already: { unicode: '=', ascii: '=', tone: 'good' },
  rejected: { unicode: '✖', ascii: 'x', tone: 'bad' },
  'in-doubt': { unicode: '?', ascii: '?', tone: 'warn' },
  invalid: { unicode: '!', ascii: '!', tone: 'bad' },
  duplicate: { unicode: '~', ascii: '~', tone: 'dim' },
  blocked: { unicode: '⊘', ascii: '#', tone: 'warn' },
  held: { unicode: '‖', ascii: '|', tone: 'warn' },
  withdrawn: { unicode: '↩', ascii: '<', tone: 'dim' },
  abandoned: { unicode: '–', ascii: '-', tone: 'dim' },
};

/** Returns the sign of a state: it means the same as the colour, so that colour is never needed. */
export const stateSymbol = (state: RowState, unicode: boolean): string =>
  unicode ? marks[state].unicode : marks[state].ascii;

export const stateTone = (state: RowState): Tone => marks[state].tone;

/** `✔ delivered`, coloured where there are colours. */
const stateText = (state: RowState, unicode: boolean, paint: Paint): string =>
  paint(marks[state].tone, `${stateSymbol(state, unicode)} ${state}`);

/** How cells are shown to people. */
export interface CellStyle {
  readonly unicode: boolean;
  readonly paint: Paint;
  /** Masks an E.164 phone; null to show it whole. */
  readonly mask: ((phone: string) => string) | null;
}

/** Returns a value as the text of a cell: empty for null, JSON for an object or a list. */
export function cellText(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  return writeJson(value);
}

/** Returns a cell for programs: the whole value; a time in milliseconds as RFC 3339, several phones parted by a blank. */
export function wholeText(column: Column, record: JsonObject): string {
  const value = column.value(record);
  if (column.kind === 'phone' && Array.isArray(value))
    return (value as readonly Json[]).map(cellText).join(' ');
  const isTime = column.kind === 'time' && typeof value === 'number' && Math.abs(value) <= lastMoment;
  return isTime ? isoTime(value) : cellText(value);
}

/** Returns RFC 3339 in UTC to the second, from milliseconds or RFC 3339 text; other text unchanged. */
function formatTime(value: Json | undefined): string {
  const text = cellText(value);
  if (typeof value !== 'number' && !/^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:?\d\d)$/.test(text)) return text;
  const at = new Date(typeof value === 'number' ? value : text);
  return Number.isNaN(at.getTime()) ? text : `${at.toISOString().slice(0, 19)}Z`;
}

/** Masks every phone of a cell: a list of phones is as private as one. */
export function formatPhones(value: Json | undefined, style: Pick<CellStyle, 'unicode' | 'mask'>): string {
  if (Array.isArray(value))
    return (value as readonly Json[]).map((one) => formatPhones(one, style)).join(', ');
  const text = cellText(value);
  if (text === '' || !style.mask) return text;
  const masked = style.mask(text);
  return style.unicode ? masked : masked.replaceAll('•', '*');
}

/** Returns a cell of a table for people, without its colour; column widths are measured on it. */
export function formatShown(column: Column, record: JsonObject, style: CellStyle): string {
  const value = column.value(record);
  if (column.kind === 'phone') return printable(formatPhones(value, style));
  if (column.kind === 'time') return printable(formatTime(value));
  const text = printable(cellText(value));
  if (column.kind !== 'state' || !isRowState(text)) return text;
  return stateText(text, style.unicode, (_tone, plain) => plain);
}
