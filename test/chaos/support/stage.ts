import { cp, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { JsonObject } from '../../../src/core/json.js';
import { envOf, type Flow } from './flows.js';
import type { Oracle } from './oracle.js';
import type { Point } from './strace.js';

/** A flow made ready once: every case begins with a copy. */
export interface Stage {
  readonly flow: Flow;
  readonly folder: string;
  readonly vendors: JsonObject;
  /** Where it can be struck. */
  readonly points: readonly Point[];
}

/** A worker's own vendors and folder. */
export interface Slot {
  readonly oracle: Oracle;
  readonly folder: string;
}

/** A fresh copy of the stage in the slot; returns the environment to run in. */
export async function setUp(stage: Stage, { folder, oracle }: Slot): Promise<Record<string, string>> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(path.dirname(folder), { recursive: true });
  await cp(stage.folder, folder, { recursive: true });
  oracle.reset(stage.vendors);
  return envOf(folder, oracle);
}
