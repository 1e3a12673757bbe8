import { unusable, type UserError } from '../core/errors.js';
import type { Problem } from '../core/row.js';

/** Where in a file something is wrong; what is not known is left out. */
export interface Place {
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

/** A header's text made fit for a message: short, without control characters; null where it may be a person's data. */
export function columnLabel(name: string): string | null {
  const digits = name.replace(/\D/g, '').length;
  if (digits >= 5 || name.includes('@')) return null;
  const clean = printable(name);
  return clean.length > 60 ? `${clean.slice(0, 60)}…` : clean;
}

/** Text without control, format and unpaired characters, so that a name cannot steer a terminal. */
export const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '�');

function placeText(place: Place): string {
  const parts: string[] = [];
  if (place.row !== undefined) parts.push(`row ${place.row}`);
  if (place.line !== undefined && place.line !== null) parts.push(`line ${place.line}`);
  const label = place.column === undefined ? null : columnLabel(place.column);
  if (label !== null) parts.push(`column "${label}"`);
  return parts.map((part) => `, ${part}`).join('');
}

/** The error (exit 6) that says what is wrong with a file, and where. `name` is a file name without its folder. */
export function fileError(name: string, problem: Problem, place: Place = {}, hint?: string): UserError {
  const where = placeText({ column: problem.column, ...place });
  return unusable({
    code: problem.code,
    message: `${printable(name)}${where}: ${problem.message}.`,
    hint: hint ?? hints[problem.code],
  });
}

/** Something that makes the rest of a file unreadable, thrown by a parser that does not know the file's name. */
export class BrokenFile extends Error {
  constructor(
    readonly problem: Problem,
    readonly place: Place,
  ) {
    super(problem.code);
    this.name = 'BrokenFile';
  }
}
