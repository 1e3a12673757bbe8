import { aborted, isoTime, patience } from '../core/clock.js';
import type { JsonObject } from '../core/json.js';
import type { LedgerRow } from '../core/ledger.js';
import { column, type PushSummary, rowLine, type Column } from '../core/report.js';
import type { JobEvent } from '../engine/job.js';
import { emit, formats, type RecordText } from '../output/formats.js';
import { openProgress, type Progress } from '../output/progress.js';
import { pushSummary } from '../output/push-view.js';
import type { App } from './command.js';

/** Columns of a row, wherever rows are shown. */
export const rowColumns: readonly Column[] = [
  column('row', 'number'),
  column('phone', 'phone'),
  column('state', 'state'),
  ...['code', 'vendorId', 'reason'].map((name) => column(name)),
  column('numbers', 'phone'),
];

/** A row of the ledger as the record every output prints. */
export const rowRecord = (row: LedgerRow): JsonObject => ({ ...rowLine(row) });

/** A row of a dry run: its run was thrown away. */
export const planRecord = (row: LedgerRow): JsonObject => ({ ...rowLine(row), run: null });

/**
 * What a job says: a line a row on stdout as it is settled, in formats that stream; one progress line on stderr; the
 * summary at the end (a document for `json`, the last line for `ndjson`, a view for people; on stderr where stdout
 * carries rows). A reader that stands still holds a job back until it is asked to stop: the ledger has everything.
 */
export class PushOutput {
  readonly #stopped: Promise<void>;
  #written: Promise<void> = Promise.resolve();
  #phase: 'planning' | 'sending' | null = null;
  #sums = { done: 0, rejected: 0, inDoubt: 0 };

  private constructor(
    private readonly app: App,
    private readonly progress: Progress,
    private readonly text: RecordText | null,
    private readonly plan: string | null,
  ) {
    this.#stopped = aborted(app.stopping);
  }

  /** @param plan what a plan takes for what, said when planning begins; null for nothing */
  static async open(app: App, plan: string | null = null): Promise<PushOutput> {
    const text = (await formats[app.format]?.(rowColumns, app.terminal)) ?? null;
    await app.terminal.write(text?.head ?? '');
    return new PushOutput(app, await openProgress(app.terminal, app.clock), text, plan);
  }

  /** Some work with an output, which is left clean whatever becomes of it. */
  static async during<T>(
    app: App,
    plan: string | null,
    work: (output: PushOutput) => Promise<T>,
  ): Promise<T> {
    const output = await PushOutput.open(app, plan);
    try {
      return await work(output);
    } catch (error) {
      output.stopProgress();
      await output.close();
      throw error;
    } finally {
      output.stopProgress();
    }
  }

  /** Whether rows are printed one by one. */
  get streams(): boolean {
    return this.text !== null;
  }

  async tell(event: JobEvent): Promise<void> {
    switch (event.kind) {
      case 'phase':
        return this.#begin(event.name, event.total);
      case 'planned':
        this.#sums.done += event.rows.length;
        return this.progress.update({ done: this.#sums.done });
      case 'rows':
        if (this.#phase === 'sending') this.#count(event.rows);
        return this.rows(event.rows.filter(({ state }) => state !== 'ready').map(rowRecord));
      case 'other-key':
        return this.app.terminal.warn(
          `People of this account were contacted before under another key (run ${event.run.id} of ${isoTime(event.run.createdAt)}), and count as contacted. ` +
            `If the key belongs to another account, write account: <name> in the vendor's part of the profile.`,
        );
      case 'waiting': {
        const why = event.why === '' ? '' : `: ${event.why}`;
        return this.progress.log(`waiting ${Math.ceil(event.ms / 1000)} s${why}`);
      }
      case 'said':
        return event.warning ? this.app.terminal.warn(event.text) : this.progress.log(event.text);
    }
  }

  #begin(phase: 'planning' | 'sending', total: number | null): void {
    if (phase === 'planning' && this.plan !== null) this.app.terminal.note(this.plan);
    this.#phase = phase;
    this.#sums = { done: 0, rejected: 0, inDoubt: 0 };
    this.progress.phase(phase, total);
  }

  #count(rows: readonly LedgerRow[]): void {
    for (const { state } of rows) {
      if (state !== 'ready') this.#sums.done += 1;
      if (state === 'rejected') this.#sums.rejected += 1;
      if (state === 'in-doubt') this.#sums.inDoubt += 1;
    }
    this.progress.update(this.#sums);
  }

  /** Prints records in a format that streams; resolves when they are on their way out. */
  async rows(records: readonly JsonObject[]): Promise<void> {
    const text = this.text;
    if (!text || records.length === 0) return;
    this.#written = this.#written.then(() => this.app.terminal.write(text.lines(records)));
    this.#written.catch(() => undefined);
    await Promise.race([this.#written, this.#stopped]);
  }

  stopProgress(): void {
    this.progress.stop();
  }

  /** The end of it: the summary, and everything before it. */
  async summary(summary: PushSummary, lines: readonly string[]): Promise<void> {
    const { format, terminal } = this.app;
    const document = { ...summary } as unknown as JsonObject;
    if (format === 'ndjson') await this.rows([document]);
    await this.close();
    if (format === 'json') await emit(documentReport(document), 'json', terminal);
    if (format === 'table') return this.#view(summary, lines);
    for (const line of [...lines, ...pushSummary(summary, { unicode: terminal.unicode })])
      terminal.note(line);
  }

  async #view(summary: PushSummary, lines: readonly string[]): Promise<void> {
    const { terminal } = this.app;
    const view = pushSummary(summary, { unicode: terminal.unicode, paint: await terminal.paint('stdout') });
    await terminal.write(`${[...lines, ...view].join('\n')}\n`);
  }

  /** Waits for the rows that were printed; after a stop not for ever. */
  async close(): Promise<void> {
    await Promise.race([this.#written, patience(this.app.stopping, this.app.clock)]);
  }
}

const documentReport = (document: JsonObject) => ({
  document: () => document,
  records: () => [],
  columns: [],
  exit: 0 as const,
});
