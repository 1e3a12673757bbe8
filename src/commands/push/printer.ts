import { Exit } from '../../core/errors.js';
import type { JsonObject } from '../../core/json.js';
import type { LedgerRow } from '../../core/ledger.js';
import type { PushSummary } from '../../core/push-summary.js';
import { rowLine } from '../../core/push-summary.js';
import type { Column, Report } from '../../core/report.js';
import type { RowState } from '../../core/row-state.js';
import { emit } from '../../output/formats.js';
import { pushSummary } from '../../output/views/push.js';
import { patience } from '../../core/clock.js';
import type { App } from '../app.js';
import { Channel } from './channel.js';

/** Columns of a row, wherever rows are shown. */
export const rowColumns: readonly Column[] = [
  { title: 'row', value: (row) => row['row'], kind: 'number' },
  { title: 'phone', value: (row) => row['phone'], kind: 'phone' },
  { title: 'state', value: (row) => row['state'], kind: 'state' },
  { title: 'code', value: (row) => row['code'] },
  { title: 'vendorId', value: (row) => row['vendorId'] },
  { title: 'reason', value: (row) => row['reason'] },
];

/** A row of the ledger as the record every output prints. */
export const rowRecord = (row: LedgerRow): JsonObject => ({ ...rowLine(row) });

/** A row of a dry run: its run was thrown away. */
export const planRecord = (row: LedgerRow): JsonObject => ({ ...rowLine(row), run: null });

/**
 * What a push says on stdout: a line a row as it is settled for `ndjson`, `csv` and `tsv`, and the summary at the end
 * (a document for `json`, the last line for `ndjson`, a view for people; on stderr where stdout carries rows).
 */
export class PushPrinter {
  readonly #rows: Channel<JsonObject>;
  readonly #printing: Promise<void> | null;

  constructor(private readonly app: App) {
    this.#rows = new Channel<JsonObject>(app.stopping);
    const streams = app.format === 'ndjson' || app.format === 'csv' || app.format === 'tsv';
    this.#printing = streams ? emit(this.#report(), app.format, app.terminal) : null;
    this.#printing?.catch(() => undefined);
  }

  /** Rows as they are settled; resolves when they are on their way out. `states` leaves others unsaid. */
  async rows(
    rows: readonly LedgerRow[],
    states?: (state: RowState) => boolean,
    record = rowRecord,
  ): Promise<void> {
    if (!this.#printing) return;
    for (const row of rows) if (!states || states(row.state)) await this.#rows.put(record(row));
  }

  /** The end of it: the summary, and everything before it. */
  async summary(summary: PushSummary, lines: readonly string[]): Promise<void> {
    const { app } = this;
    if (app.format === 'ndjson') await this.#rows.put({ ...summary } as unknown as JsonObject);
    await this.close();
    if (app.format === 'json') await emit(documentReport(summary), 'json', app.terminal);
    if (app.format === 'table') return this.#table(summary, lines);
    for (const line of [...lines, ...pushSummary(summary, { unicode: app.terminal.unicode })])
      app.terminal.note(line);
  }

  async #table(summary: PushSummary, lines: readonly string[]): Promise<void> {
    const { terminal } = this.app;
    const view = pushSummary(summary, { unicode: terminal.unicode, paint: await terminal.paint('stdout') });
    await terminal.write(`${[...lines, ...view].join('\n')}\n`);
  }

  /** Ends the stream of rows without a summary (an error takes its place). */
  async close(): Promise<void> {
    this.#rows.end();
    if (!this.#printing) return;
    await Promise.race([this.#printing, patience(this.app.stopping, this.app.clock)]);
  }

  #report(): Report {
    return { document: () => null, records: () => this.#rows, columns: rowColumns, exit: Exit.ok };
  }
}

const documentReport = (summary: PushSummary): Report => ({
  document: () => ({ ...summary }) as unknown as JsonObject,
  records: () => [],
  columns: [],
  exit: Exit.ok,
});
