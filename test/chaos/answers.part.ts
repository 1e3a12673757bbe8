import { seeded } from '../../src/core/twin.js';
import { createHttp } from '../../src/http/client.js';
import { faultsOf } from './answers/judge.js';
import {
  type Case,
  allCases,
  attempt,
  caseOf,
  endpoints,
  everyStop,
  fewCases,
  pickCases,
} from './answers/matrix.js';
import { known } from './wrong/answers.js';
import type { PartFailure, PartReport, PartRequest } from './support/part.js';
import { inParallel, watchForUncaught } from './support/watch.js';

export const name = 'answers';

/** Cases at a time: most of their time is waiting. */
const sideBySide = 24;

/**
 * Every documented request of every vendor, crossed with every answer, over real sockets; for a release also with its
 * success cut short after every byte.
 */
export async function run({ seed, budget, replay, log }: PartRequest): Promise<PartReport> {
  const stopped = budget.scale === 'full' && replay === null ? await everyStop() : [];
  const cases = [...chosen(seed, budget, replay), ...stopped.slice(0, budget.points ?? stopped.length)];
  const watch = watchForUncaught();
  const failures: PartFailure[] = replay === null ? uncovered() : [];
  const http = createHttp();
  await inParallel(cases, sideBySide, async (one) => {
    failures.push(...faultsOf(one, await attempt(one, http)));
    for (const uncaught of watch.take())
      failures.push({ what: `${one.id}: uncaught ${uncaught}`, replay: one.id });
  });
  log(`${cases.length} answers, now the clients that are wrong`);
  const caught = replay === null ? await catchKnown(failures) : [];
  watch.stop();
  return {
    name,
    figures: {
      endpoints: endpoints.length,
      cases: cases.length,
      'as declared': cases.length - new Set(failures.map(({ replay: id }) => id)).size,
      uncaught: failures.filter(({ what }) => what.includes('uncaught')).length,
      'wrong clients caught': `${caught.length} of ${known.length}`,
    },
    failures,
  };
}

function chosen(seed: number, { scale, points }: PartRequest['budget'], replay: string | null): Case[] {
  if (replay !== null) return caseOf(replay);
  const random = seeded('answers', seed);
  return scale === 'reduced' && points === null ? fewCases(random) : pickCases(random, points);
}

/** Operations and commands no endpoint covers: a new one must be added to the matrix. */
function uncovered(): PartFailure[] {
  const vendors = [...new Set(endpoints.map(({ vendor }) => vendor))];
  return vendors.flatMap((vendor) =>
    [...vendor.operations, ...vendor.commands, { id: 'check' }]
      .filter(({ id }) => Object.keys(vendor.settings).length > 0 && !isCovered(vendor.id, id))
      .map(({ id }) => ({ what: `${vendor.id} ${id} is not in the matrix`, replay: '' })),
  );
}

const readsNothing = new Set(['comunik8 check', 'calltouch check']);
const isCovered = (vendor: string, id: string): boolean =>
  readsNothing.has(`${vendor} ${id}`) ||
  endpoints.some((one) => one.vendor.id === vendor && one.covers === id);

/** Tries each wrong client until a case catches it; one that gets through is a failure of the matrix. */
async function catchKnown(failures: PartFailure[]): Promise<string[]> {
  const caught: string[] = [];
  const cases = allCases().filter(
    ({ slow, id }) => !slow && !id.includes('without end') && !id.includes('bomb'),
  );
  await inParallel(known, 4, async (bad) => {
    for (const one of cases.filter(({ endpoint }) => bad.on(endpoint))) {
      const http = bad.http?.(createHttp()) ?? createHttp();
      const endpoint = bad.endpoint?.(one.endpoint) ?? one.endpoint;
      if (faultsOf(one, await attempt(one, http, endpoint)).length === 0) continue;
      caught.push(bad.id);
      return;
    }
    failures.push({ what: `the wrong client ${bad.id} was not caught (${bad.idea})`, replay: '' });
  });
  return caught;
}
