const lf = 0x0a;
const cr = 0x0d;

/** Counts the lines of a stream of chunks up to given offsets. CRLF, LF and CR end a line, and may be mixed. */
export class LineCounter {
  /** Line of the byte at the offset last asked for, from 1. */
  line = 1;
  #chunks: Buffer[] = [];
  #at = 0;
  #offset = 0;
  #afterCr = false;

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  /** Counts on to the byte offset `end` (from the start of the stream); returns how many line ends lie between. */
  advance(end: number): number {
    const before = this.line;
    while (this.#offset < end) {
      const chunk = this.#chunks[0];
      if (!chunk) break;
      const stop = Math.min(chunk.length, this.#at + end - this.#offset);
      this.#count(chunk, this.#at, stop);
      this.#offset += stop - this.#at;
      this.#at = stop;
      if (stop === chunk.length) {
        this.#chunks.shift();
        this.#at = 0;
      }
    }
    return this.line - before;
  }

  #count(chunk: Buffer, from: number, to: number): void {
    for (let at = from; at < to; at++) {
      const byte = chunk[at];
      if (byte === cr || (byte === lf && !this.#afterCr)) this.line++;
      this.#afterCr = byte === cr;
    }
  }
}
