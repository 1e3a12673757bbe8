import { cp, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { envOf, type Flow, type Vendors } from './flow.js';
import { Oracle } from './oracle.js';
import type { Point } from './strace.js';

/** A flow made ready once: every case begins with a copy. */
export interface Stage {
  readonly flow: Flow;
  readonly folder: string;
  readonly vendors: Vendors;
  /** Where it can be struck. */
  readonly points: readonly Point[];
}

/** A worker's own vendors and folder. */
export class Slot {
  #turn = 0;

  private constructor(
    readonly oracle: Oracle,
    private readonly base: string,
  ) {}

  static async open(base: string): Promise<Slot> {
    return new Slot(await Oracle.start(), base);
  }

  get folder(): string {
    return path.join(this.base, String(this.#turn));
  }

  /**
   * A fresh copy of the stage; returns the environment to run in. The folder has a name of its own each time: a connection
   * of this process to an earlier ledger is closed when it is collected, and deletes the WAL of that name then.
   */
  async setUp(stage: Pick<Stage, 'folder' | 'vendors'>): Promise<Record<string, string>> {
    await rm(this.folder, { recursive: true, force: true });
    this.#turn += 1;
    await mkdir(this.base, { recursive: true });
    await cp(stage.folder, this.folder, { recursive: true });
    this.oracle.reset(stage.vendors.states);
    this.oracle.asked.push(...stage.vendors.asked);
    return envOf(this.folder, this.oracle);
  }
}
