import { maxCellLength, maxColumns } from '../core/limits.js';
import type { Problem } from '../core/row.js';
import { textProblem } from './cells.js';

/**
 * What makes a header unusable: `input.too-many-columns`, `input.empty-header`, `input.duplicate-header` (compared
 * without the spaces around), `input.proto-header`, `input.undecodable`, `input.nul`, `input.oversize`; null where
 * nothing does.
 */
export function headerProblem(columns: readonly string[]): Problem | null {
  if (columns.length > maxColumns) {
    return { code: 'input.too-many-columns', message: `there are more than ${maxColumns} columns` };
  }
  const seen = new Map<string, number>();
  for (const [index, column] of columns.entries()) {
    const problem = nameProblem(column, index) ?? repeated(column, index, seen);
    if (problem) return problem;
  }
  return null;
}

function nameProblem(column: string, index: number): Problem | null {
  const name = column.trim();
  if (name === '') return { code: 'input.empty-header', message: `column ${index + 1} has no name` };
  if (name === '__proto__') {
    return { code: 'input.proto-header', message: 'a column may not be called "__proto__"' };
  }
  if (column.length > maxCellLength) {
    return { code: 'input.oversize', message: `the name of column ${index + 1} is too long` };
  }
  const problem = textProblem(column, 'text', column);
  return problem && { ...problem, message: `the name of column ${index + 1} is damaged`, column: undefined };
}

function repeated(column: string, index: number, seen: Map<string, number>): Problem | null {
  const name = column.trim();
  const first = seen.get(name);
  seen.set(name, index);
  if (first === undefined) return null;
  const message = `columns ${first + 1} and ${index + 1} have the same name`;
  return { code: 'input.duplicate-header', message, column };
}
