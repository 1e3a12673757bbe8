import type { PlanPolicy } from '../../../src/core/ledger.js';
import type { RowState } from '../../../src/core/life.js';
import type { Process } from './world.js';

interface Claimed {
  readonly process: Process;
  readonly attempt: number;
  readonly at: number;
  readonly step: number;
  settled: boolean;
}

/** Everything that ever happened to a row, as seen from outside. */
export interface Story {
  readonly run: string;
  readonly row: number;
  readonly key: string;
  readonly ref: string;
  readonly policy: PlanPolicy;
  /** Plans and their rows, counted over the whole world. */
  readonly plan: number;
  readonly planned: RowState;
  readonly code: string | null;
  readonly at: number;
  readonly claims: Claimed[];
  /** When reading back released it (step). */
  released: number | null;
}

/** Whether a contact may follow another of the same person. `apart`: the time between them, ms. */
export function mayFollow(a: Story, b: Story, apart: number): boolean {
  if (a === b) return false;
  if (a.run === b.run) return b.policy.allowDuplicates;
  const later = a.plan > b.plan ? a : b;
  const { mode, afterMs } = later.policy.recontact;
  return mode === 'after' ? Math.abs(apart) > afterMs : mode === 'always';
}
