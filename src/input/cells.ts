import { isUtf8 } from 'node:buffer';
import { maxCellLength } from '../core/limits.js';
import type { Problem } from '../core/row.js';
import { isDamaged } from './utf8.js';

/** `input.undecodable`, `input.nul` or `input.oversize` where text cannot be a value; null where it can. */
export function textProblem(text: string, encoding: string, column: string): Problem | null {
  if (isDamaged(text)) return undecodable(encoding, column);
  if (text.includes('\0')) return { code: 'input.nul', message: 'the cell holds a NUL character', column };
  if (text.length > maxCellLength) return oversize(column);
  return null;
}

/** A cell that is too long to be one. */
export const oversize = (column: string): Problem => ({
  code: 'input.oversize',
  message: `the cell is longer than ${maxCellLength} characters`,
  column,
});

export const undecodable = (encoding: string, column?: string): Problem => ({
  code: 'input.undecodable',
  message: `there are bytes that are not valid ${encoding}`,
  column,
});

/** The text of a cell that came as one character a byte; null where the bytes are no UTF-8. */
export function fromBytes(cell: string): string | null {
  if (!/[\x80-\xff]/.test(cell)) return cell;
  const bytes = Buffer.from(cell, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : null;
}
