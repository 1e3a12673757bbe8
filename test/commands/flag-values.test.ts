import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runMain } from '../support/in-process.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'salesq-values-'));
  await writeFile(path.join(folder, 'leads.csv'), 'Telefon,Vorname\n+491713920001,Eva\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const push = ['sales-q', 'import', 'leads.csv', '--dry-run'];

async function errorOf(
  ...args: readonly string[]
): Promise<{ exit: number | null; code: string; message: string }> {
  const env = { HOME: folder, SALESQ_LEDGER: path.join(folder, 'ledger.db'), SALESQ_PROFILE: 'sandbox' };
  const { code: exit, stdout } = await runMain([...args, '-o', 'json'], { cwd: folder, env });
  const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
  return { exit, ...error };
}

describe('a value that cannot be meant is refused, and its flag named', () => {
  it.each([
    ['--rate', 'fast'],
    ['--concurrency', 'many'],
    ['--concurrency', '0'],
    ['--limit', '1e9'],
    ['--batch-size', '1.5'],
    ['--max-errors', 'some'],
    ['--recontact', 'after:soon'],
    ['--country', 'Germany'],
    ['--phone-format', 'x'],
    ['--wait-lock', '0x10'],
  ])('%s %s', async (flag, value) => {
    const error = await errorOf(...push, flag, value);
    expect(error).toMatchObject({ exit: 2, code: 'usage.bad-value' });
    expect(error.message).toContain(`${flag} takes `);
  });

  it.each([
    ['--limit', '0', ['runs', 'list']],
    ['--limit', '1e9', ['runs', 'list']],
    ['--row', '1e0', ['runs', 'resolve', 'last', '--as', 'abandoned', '--reason', 'asked']],
    ['--state', 'sent-hunter2', ['runs', 'rows', 'last']],
    ['--as', 'maybe', ['runs', 'resolve', 'last', '--row', '1', '--reason', 'asked']],
    ['--older-than', 'soon', ['ledger', 'purge']],
    ['--country', 'Germany', ['dnc', 'check', '0301234567']],
    ['--wait-lock', 'long', ['runs', 'reconcile', 'last']],
    ['--delay', '10m', ['comunik8', 'add', 'leads.csv']],
    ['--match', 'name', ['calltouch', 'comment', 'leads.csv']],
    ['--campaign', 'A', ['mmdial', 'fields']],
    ['--date-type', 'birth', ['mmdial', 'export']],
    ['--from', '05.03.2024', ['mmdial', 'export']],
    ['--port', '99999', ['sales-q', 'listen']],
    ['--path', 'hook', ['sales-q', 'listen']],
    ['--webhook', 'sales-q', ['sandbox']],
    ['--port', '0x1054', ['sandbox']],
    ['--speed', '1e2', ['sandbox']],
  ])('%s %s of %j', async (flag, value, command) => {
    const error = await errorOf(...command, flag, value);
    expect(error).toMatchObject({ exit: 2, code: 'usage.bad-value' });
    expect(error.message).toContain(`${flag} takes `);
    expect(error.message).not.toContain('hunter2');
  });

  it('or the format that is asked for, which is then told as for people', async () => {
    const env = { HOME: folder, SALESQ_LEDGER: path.join(folder, 'ledger.db') };
    const { code, stderr } = await runMain(['runs', 'list', '-o', 'xml'], { cwd: folder, env });
    expect(code).toBe(2);
    expect(stderr).toContain('--output takes one of table, json, ndjson, csv, tsv');
  });

  it.each([
    ['--row', ['runs', 'resolve', 'last', '--as', 'abandoned', '--reason', 'asked']],
    ['--as', ['runs', 'resolve', 'last', '--row', '1', '--reason', 'asked']],
    ['--reason', ['runs', 'resolve', 'last', '--row', '1', '--as', 'abandoned']],
    ['--reason', ['runs', 'abandon', 'last']],
    ['--reason', ['dnc', 'add', '0301234567']],
    ['--reason', ['dnc', 'remove', '0301234567']],
  ])('%s is missing in %j', async (flag, command) => {
    const error = await errorOf(...command);
    expect(error).toMatchObject({ exit: 2, code: 'usage.missing-flag' });
    expect(error.message).toContain(`${command.slice(0, 2).join(' ')} needs ${flag}: `);
  });

  it('offers no format that cannot be read', async () => {
    expect((await errorOf(...push, '--format', 'xml')).message).toBe('--format takes csv, json, ndjson');
    expect(await errorOf(...push, '--format', 'xlsx')).toMatchObject({
      exit: 6,
      code: 'input.format-unsupported',
    });
  });
});
