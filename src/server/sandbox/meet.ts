import type { Twin, TwinAnswer, TwinRequest } from '../../core/twin.js';
import type { Told } from './fault-told.js';
import type { Faults } from './faults.js';

/** What became of a request. */
export interface Met {
  readonly told: Told;
  /** The fault that befell it, as it was asked for. */
  readonly fault: string | null;
  /** The twin changed something. */
  readonly changed: boolean;
}

const unasked: TwinAnswer = { status: 200, body: '' };

/** Brings a request to its twin, unless a fault stands before it; `url` is its own, whole. */
export function meet(twin: Twin, request: TwinRequest, url: string, faults: Faults): Met {
  const hit = faults.next(twin.id, request.path);
  const answer = hit && !hit.applied ? unasked : twin.handle(request);
  const { changed = false } = answer;
  const told = hit?.tell({ url, endpoint: hit.endpoint, answer }) ?? null;
  if (!hit || !told) return { told: { how: 'whole', answer }, fault: null, changed };
  hit.done();
  return { told, fault: hit.injected.fault, changed };
}
