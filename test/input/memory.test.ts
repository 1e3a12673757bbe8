import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openInput } from '../../src/input/open.js';
import { failure, options, tempDir } from './helpers.js';

/** Writes `count` times the same piece after a head. */
async function large(name: string, head: string, piece: string, count: number, tail = ''): Promise<string> {
  const path = join(tempDir, name);
  const stream = createWriteStream(path);
  stream.write(head);
  for (let at = 0; at < count; at++) if (!stream.write(piece)) await once(stream, 'drain');
  stream.end(tail);
  await once(stream, 'finish');
  return path;
}

const mebibyte = 1024 * 1024;

async function growth(path: string, skipInvalid = false): Promise<{ peak: number; end: Promise<number> }> {
  const before = process.memoryUsage().rss;
  let peak = before;
  const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 5);
  const source = await openInput(options(path, { skipInvalid }));
  const run = async (): Promise<number> => {
    let rows = 0;
    for await (const row of source.rows()) rows = row.row;
    return rows;
  };
  const end = run();
  await end.catch(() => undefined);
  clearInterval(timer);
  return { peak: (peak - before) / mebibyte, end };
}

describe('memory', () => {
  it('does not grow with the file', async () => {
    const block = 'Käthe;Müller;030 23125 014;"Rückruf; bitte"\r\n'.repeat(1_000);
    const path = await large('rows.csv', 'a;b;c;d\r\n', block, 200);
    const { peak, end } = await growth(path);
    expect(await end).toBe(200_000);
    expect(peak).toBeLessThan(120);
  });

  const endless: [name: string, head: string, piece: string, skip: boolean][] = [
    ['quote.csv', 'a;b\n1;2\n3;"', 'x'.repeat(mebibyte), true],
    ['doubled.csv', 'a;b\n1;2\n3;"', '""'.repeat(mebibyte / 2), true],
    ['cells.csv', 'a;b\n1;2\n', ';'.repeat(mebibyte), true],
    ['header.csv', '', ';a'.repeat(mebibyte / 2), true],
    ['string.json', '[{"a":"', 'x'.repeat(mebibyte), true],
    ['digits.json', '[{"a":1', '1'.repeat(mebibyte), true],
    ['depth.json', '[', '['.repeat(mebibyte), true],
    ['line.ndjson', '{"a":"', 'x'.repeat(mebibyte), false],
  ];
  it.each(endless)('a field without end is refused early: %s', async (name, head, piece, skip) => {
    const path = await large(name, head, piece, 110);
    const before = process.memoryUsage().rss;
    const error = await failure(growth(path, skip).then(({ end }) => end));
    expect(error.code).toBe('input.oversize');
    expect((process.memoryUsage().rss - before) / mebibyte).toBeLessThan(120);
  });
});
