import { isUtf8 } from 'node:buffer';
import { unusable, type UserError } from '../core/errors.js';
import { maxCellLength } from '../core/row.js';
import type { Problem } from '../core/row.js';
import { holdsDamage } from './bytes.js';

/** Where in a file a problem is; what is not known is absent. */
interface FilePosition {
  readonly row?: number | undefined;
  readonly line?: number | null | undefined;
  readonly column?: string | undefined;
}

const hints: Readonly<Record<string, string>> = {
  'input.ragged':
    'Correct the row: a cell that holds the delimiter must stand in double quotes. --skip-invalid sets such rows aside.',
  'input.undecodable':
    'Name the encoding with --encoding (windows-1252, windows-1251, utf-16le …), or save the file as UTF-8.',
  'input.nul':
    'The file is damaged, or its encoding is another: name it with --encoding, or export the file again.',
  'input.oversize': 'Look for a double quote that is opened near this place and never closed.',
  'input.unclosed-quote': 'Close the double quote that is opened in this row.',
  'input.bad-quote':
    'A cell with a double quote inside must be quoted, and the quote inside doubled: "say ""hi""".',
  'input.duplicate-header': 'Rename one of the columns.',
  'input.empty-header':
    'Name the column, or remove it: a delimiter at the end of each line makes an extra, empty column.',
  'input.proto-header': 'Rename the column.',
  'input.too-many-columns': 'Check the delimiter (--delimiter), and that the first line is the header.',
  'input.bad-json': 'Check the file with a JSON tool; --format says what it is, if this was guessed wrongly.',
  'input.not-an-array':
    'Give an array of objects ([{…}, {…}]), or one object a line (NDJSON, --format ndjson).',
  'input.not-an-object': 'Each row must be an object: {"column": "value", …}.',
  'input.duplicate-key': 'Remove or rename one of the two.',
  'input.changed': 'Run again when nothing writes to the file any more.',
  'input.empty': 'Check the export: the first line of a CSV file is its header.',
  'input.not-found': 'Check the path, and the folder you are in.',
  'input.unreadable': 'Check the permissions of the file and its folder.',
};

/** Returns a header's text for a message: short, without control characters; null where it may be a person's data. */
function columnLabel(name: string): string | null {
  const digits = name.replace(/\D/g, '').length;
  if (digits >= 5 || name.includes('@')) return null;
  const clean = printable(name);
  return clean.length > 60 ? `${clean.slice(0, 60)}…` : clean;
}

/** Text without control, format and unpaired characters, so that a name cannot steer a terminal. */
export const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '�');

function positionText(place: FilePosition): string {
  const parts: string[] = [];
  if (place.row !== undefined) parts.push(`row ${place.row}`);
  if (place.line !== undefined && place.line !== null) parts.push(`line ${place.line}`);
  const label = place.column === undefined ? null : columnLabel(place.column);
  if (label !== null) parts.push(`column "${label}"`);
  return parts.map((part) => `, ${part}`).join('');
}

/** Returns the UserError (exit 6) about a problem of a file. `name` is a file name without its folder. */
export function makeFileError(
  name: string,
  problem: Problem,
  place: FilePosition = {},
  hint?: string,
): UserError {
  const where = positionText({ column: problem.column, ...place });
  return unusable({
    code: problem.code,
    message: `${printable(name)}${where}: ${problem.message}.`,
    hint: hint ?? hints[problem.code],
  });
}

/** A problem that makes the rest of a file unreadable; thrown by parsers, which do not know the file's name. */
export class BrokenFile extends Error {
  constructor(
    readonly problem: Problem,
    readonly position: FilePosition,
  ) {
    super(problem.code);
    this.name = 'BrokenFile';
  }
}

/** Bytes read from a file at a time. */
export const chunkBytes = 64 * 1024;

/** Bytes at the start of a file from which format and delimiter are found out. */
export const headBytes = 64 * 1024;

/**
 * Largest record (CSV record, JSON array element, NDJSON line), in UTF-8 bytes for CSV and in characters for JSON.
 * No more than this plus one chunk is ever held, whatever the file does.
 */
export const maxRecordSize = 1024 * 1024;

/** Deepest nesting of a JSON row; deeper ones would overflow the stack of whoever walks them. */
export const maxJsonDepth = 32;

/** Returns `input.undecodable`, `input.nul` or `input.oversize` where a text cannot be a value; else null. */
export function findTextProblem(text: string, encoding: string, column: string): Problem | null {
  if (holdsDamage(text)) return undecodableBytes(encoding, column);
  if (text.includes('\0')) return { code: 'input.nul', message: 'the cell holds a NUL character', column };
  if (text.length > maxCellLength) return oversizeCell(column);
  return null;
}

export const oversizeCell = (column: string): Problem => ({
  code: 'input.oversize',
  message: `the cell is longer than ${maxCellLength} characters`,
  column,
});

export const undecodableBytes = (encoding: string, column?: string): Problem => ({
  code: 'input.undecodable',
  message: `there are bytes that are not valid ${encoding}`,
  column,
});

/** Returns the text of a cell given as one character a byte; null where the bytes are not UTF-8. */
export function decodeUtf8Cell(cell: string): string | null {
  if (!/[\x80-\xff]/.test(cell)) return cell;
  const bytes = Buffer.from(cell, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : null;
}
