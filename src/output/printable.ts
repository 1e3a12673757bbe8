/**
 * What a terminal would act on instead of showing: control characters (escape sequences start with one), line and
 * paragraph separators, directional overrides, invisible joins of lines, lone surrogates.
 */
const active = /[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u;
const activeAll = new RegExp(active.source, 'gu');

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

const escaped = (char: string): string =>
  named[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * Foreign text made safe to show: one line, and nothing in it that moves the cursor, sets colours, rings, changes the
 * title or turns the reading direction. Such characters stay visible as `\n`, `\u001b`.
 */
export const printable = (text: string): string =>
  active.test(text) ? text.replace(activeAll, escaped) : text;

const escape = '\u001b';
/** The colours and weights of `paint`, nothing else: bold, dim, 8 colours, grey, and their ends. */
const ownStyle = new RegExp(`${escape}\\[(?:0|1|2|22|3[1-7]|39|90)m`, 'u');
const ownStyles = new RegExp(`(${ownStyle.source})`, 'gu');

/** A line that may have been coloured by us: our colours stay (or go, where the output has none), the rest is neutralised. */
export function printableStyled(text: string, colors: boolean): string {
  if (!text.includes(escape)) return printable(text);
  return text
    .split(ownStyles)
    .map((part) => (ownStyle.test(part) ? (colors ? part : '') : printable(part)))
    .join('');
}

/** JSON text has no control characters below space; these others are written as `\uXXXX`, which reads back the same. */
const jsonActive = /[\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** JSON on one line (or indented), safe to show and equal to the value when parsed. */
export const jsonText = (value: unknown, indent = 0): string =>
  JSON.stringify(value, null, indent).replace(jsonActive, escaped);

/** One line of ndjson, newline included. */
export const jsonLine = (value: unknown): string => `${jsonText(value)}\n`;
