import type { InputRow, InputSource, SourceFacts } from '../core/row.js';
import { BrokenFile, makeFileError } from './problems.js';

/** Text of a file; can be read from the start any number of times. */
export interface Text {
  readonly encoding: string;
  /** True where all bytes are known to be decodable and none is NUL. */
  readonly sound: boolean;
  /** UTF-8 bytes without byte order mark; see `utf8Bytes` for what could not be decoded. */
  bytes(): AsyncIterable<Buffer>;
}

/** Reads rows from the start, in batches of about a chunk of the file; broken rows are among them, marked. */
export type Reader = () => AsyncIterable<readonly InputRow[]>;

interface SourceParts {
  readonly facts: SourceFacts;
  readonly columns: readonly string[] | null;
  readonly warnings: readonly string[];
  readonly read: Reader;
  readonly readLines: Reader;
  readonly skipInvalid: boolean;
  release(): Promise<void>;
}

/** An input that is read by the batch inside, which is faster than by the row. */
export class OpenedInput implements InputSource {
  readonly facts: SourceFacts;
  readonly columns: readonly string[] | null;
  readonly warnings: readonly string[];
  readonly #parts: SourceParts;

  constructor(parts: SourceParts) {
    this.#parts = parts;
    this.facts = parts.facts;
    this.columns = parts.columns;
    this.warnings = parts.warnings;
  }

  async *#batches(read: Reader): AsyncGenerator<readonly InputRow[], void, undefined> {
    const { skipInvalid, facts } = this.#parts;
    try {
      for await (const rows of read()) {
        const bad = skipInvalid ? -1 : rows.findIndex((row) => row.broken !== null);
        if (bad < 0) {
          if (rows.length > 0) yield rows;
          continue;
        }
        if (bad > 0) yield rows.slice(0, bad);
        const { broken, row, line } = rows[bad] as InputRow;
        if (broken) throw new BrokenFile(broken, { row, line });
      }
    } catch (error) {
      if (error instanceof BrokenFile) throw makeFileError(facts.name, error.problem, error.position);
      throw error;
    }
  }

  rows(): AsyncIterable<InputRow> {
    return this.#each(this.#parts.read);
  }

  lines(): AsyncIterable<InputRow> {
    return this.#each(this.#parts.readLines);
  }

  #each(read: Reader): AsyncIterable<InputRow> {
    return { [Symbol.asyncIterator]: () => new RowIterator(this.#batches(read)) };
  }

  close(): Promise<void> {
    return this.#parts.release();
  }
}

/** Yields the rows of batches one by one, without a turn of the event loop for each. */
class RowIterator implements AsyncIterator<InputRow, undefined> {
  #batch: readonly InputRow[] = [];
  #at = 0;
  constructor(private readonly batches: AsyncGenerator<readonly InputRow[], void, undefined>) {}

  next(): Promise<IteratorResult<InputRow, undefined>> {
    const row = this.#batch[this.#at];
    if (row === undefined) return this.#more();
    this.#at++;
    return Promise.resolve({ done: false, value: row });
  }

  async #more(): Promise<IteratorResult<InputRow, undefined>> {
    const result = await this.batches.next();
    if (result.done) return { done: true, value: undefined };
    this.#batch = result.value;
    this.#at = 0;
    return this.next();
  }

  async return(): Promise<IteratorResult<InputRow, undefined>> {
    await this.batches.return();
    return { done: true, value: undefined };
  }
}
