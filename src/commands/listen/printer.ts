import type { Delivery } from '../../core/delivery.js';
import { maskPhone } from '../../core/phone-key.js';
import type { Column } from '../../core/report.js';
import { openCsv, tsvLine, type CsvText } from '../../output/csv.js';
import { wholeText } from '../../output/cell.js';
import type { OutputFormat } from '../../output/formats.js';
import { jsonLine, printable, type Terminal } from '../../output/terminal.js';
import { deliveryColumns, deliveryRecord } from './view.js';

/** How long a delivery waits for a reader of stdout that does not read, in ms: its sender waits for the answer. */
const patienceMs = 2_000;
/** Text such a reader may leave in memory. */
const mostWaiting = 64 * 1024 * 1024;

/**
 * A line for each stored delivery, at once. A reader that went away, or stands still, keeps nothing from being stored:
 * what it missed is in `listen list`.
 */
export class DeliveryPrinter {
  #waiting = 0;
  #missed = 0;

  private constructor(
    private readonly terminal: Terminal,
    private readonly line: (delivery: Delivery) => string,
  ) {}

  static async open(format: OutputFormat, terminal: Terminal): Promise<DeliveryPrinter> {
    const printer = new DeliveryPrinter(terminal, await lineOf(format, terminal));
    if (format === 'csv' || format === 'tsv') await terminal.write(await header(format));
    return printer;
  }

  /** Lines that were not printed, because the reader stood still. */
  get missed(): number {
    return this.#missed;
  }

  async print(delivery: Delivery): Promise<void> {
    const text = this.line(delivery);
    if (this.terminal.stdoutClosed || text === '') return;
    if (this.#waiting > mostWaiting) {
      this.#missed += 1;
      return;
    }
    this.#waiting += text.length;
    const written = this.terminal.write(text).then(() => {
      this.#waiting -= text.length;
    });
    await orAfter(patienceMs, written);
  }
}

/** Resolves with the task, or after so long without it. */
async function orAfter(ms: number, task: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([task, late]);
  clearTimeout(timer);
}

async function lineOf(format: OutputFormat, terminal: Terminal): Promise<(delivery: Delivery) => string> {
  switch (format) {
    case 'ndjson':
      return (delivery) => jsonLine(deliveryRecord(delivery));
    case 'json':
      return () => '';
    case 'tsv':
      return (delivery) => tsvLine(cells(delivery));
    case 'csv': {
      const csv: CsvText = await openCsv(deliveryColumns.length);
      return (delivery) => csv([cells(delivery)]);
    }
    case 'table':
      return (delivery) => `${forPeople(delivery, terminal)}\n`;
  }
}

const header = async (format: 'csv' | 'tsv'): Promise<string> => {
  const titles = deliveryColumns.map(({ title }) => title);
  return format === 'tsv' ? tsvLine(titles) : (await openCsv(titles.length))([titles]);
};

const cells = (delivery: Delivery): string[] =>
  deliveryColumns.map((column) => wholeText(column, deliveryRecord(delivery)));

/** One line: when, who, what became of it. */
function forPeople(delivery: Delivery, { showPii, unicode }: Terminal): string {
  const record = deliveryRecord(delivery);
  const shown = (column: Column): string => {
    const text = wholeText(column, record);
    if (column.kind === 'time') return `${text.slice(0, 19)}Z`;
    if (column.kind === 'number') return text && `${text} messages`;
    if (column.kind !== 'phone' || showPii || text === '') return text;
    return unicode ? maskPhone(text) : maskPhone(text).replaceAll('•', '*');
  };
  return printable(
    deliveryColumns
      .map(shown)
      .filter((text) => text !== '')
      .join('  '),
  );
}
