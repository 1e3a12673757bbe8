/** Separators of a CSV whose shape is not documented, likeliest first: the product's own habit is the semicolon. */
const separators = [';', '\t', ',', '|'] as const;

/** The separator most lines agree on, quoted parts left out; a semicolon where there is none: one column. */
export function separatorOf(text: string): string {
  const lines = text
    .slice(0, 64_000)
    .replace(/"(?:[^"]|"")*"/g, '')
    .split(/\r\n|\r|\n/)
    .filter((line) => line.trim() !== '')
    .slice(0, 200);
  const score = (separator: string): number => lines.filter((line) => line.includes(separator)).length;
  const [best] = [...separators].sort((a, b) => score(b) - score(a));
  return best !== undefined && score(best) > 0 ? best : ';';
}

/** The cells of every line. Tolerant: stray quotes, ragged lines and empty lines are no reason to lose a line. */
export async function parseCsv(text: string): Promise<string[][]> {
  const { parse } = await import('csv-parse/sync');
  return parse(text, {
    delimiter: separatorOf(text),
    bom: true,
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
    record_delimiter: ['\r\n', '\n', '\r'],
  });
}
