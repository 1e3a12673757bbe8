import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { expect } from 'vitest';
import { repository } from './markdown.js';

/** Cells of a Markdown table as its line. */
const row = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map(row).join('\n');

/** The file is as its declarations say; `UPDATE_DOCS=1` writes it. */
export function expectFile(name: string, wanted: string): void {
  const file = path.join(repository, name);
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, wanted);
  expect(readFileSync(file, 'utf8')).toBe(wanted);
}

/** The tables of a page are as their declarations say, each between a comment with its name and `<!-- end -->`. */
export async function expectTables(name: string, tables: Readonly<Record<string, string>>): Promise<void> {
  let page = readFileSync(path.join(repository, name), 'utf8');
  for (const [title, text] of Object.entries(tables)) {
    const between = new RegExp(`(<!-- ${title} -->\\n\\n)[\\s\\S]*?(\\n\\n<!-- end -->)`);
    expect(page).toMatch(between);
    page = page.replace(between, (_all, start: string, end: string) => start + text + end);
  }
  const style = await resolveConfig(path.join(repository, name));
  expectFile(name, await format(page, { ...style, parser: 'markdown' }));
}
