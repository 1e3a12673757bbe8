import type { Ledger, Run } from '../../core/ledger.js';
import type { App } from '../app.js';
import { columnsOfRows, openResults } from '../../output/results.js';

/** Writes the results file of a run: every input row once. Returns its path; null where none was asked for. */
export async function writeResults(of: {
  readonly app: Pick<App, 'cwd'>;
  readonly ledger: Ledger;
  readonly run: Pick<Run, 'id' | 'columns'>;
  readonly send: { readonly results: string | null };
}): Promise<string | null> {
  const { app, ledger, run, send } = of;
  if (send.results === null) return null;
  const columns = run.columns.length > 0 ? run.columns : await columnsOfRows(ledger.rows(run.id));
  const writer = await openResults(send.results, columns, app.cwd);
  try {
    for await (const row of ledger.rows(run.id)) await writer.add(row);
    await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  return send.results;
}
