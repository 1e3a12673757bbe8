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

async function errorOf(
  flag: string,
  value: string,
): Promise<{ exit: number | null; code: string; message: string }> {
  const env = { HOME: folder, SALESQ_LEDGER: path.join(folder, 'ledger.db'), SALESQ_PROFILE: 'sandbox' };
  const args = ['sales-q', 'import', 'leads.csv', '--dry-run', '-o', 'json', flag, value];
  const { code: exit, stdout } = await runMain(args, { cwd: folder, env });
  const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
  return { exit, ...error };
}

describe('a push refuses a value that cannot be meant, and names its flag', () => {
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
    const error = await errorOf(flag, value);
    expect(error).toMatchObject({ exit: 2, code: 'usage.bad-value' });
    expect(error.message).toContain(`${flag} takes `);
  });

  it('offers no format that cannot be read', async () => {
    expect((await errorOf('--format', 'xml')).message).toBe('--format takes csv, json, ndjson');
    expect(await errorOf('--format', 'xlsx')).toMatchObject({ exit: 6, code: 'input.format-unsupported' });
  });
});
