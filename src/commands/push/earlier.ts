import { gateClosed } from '../../core/errors.js';
import type { Ledger, Run } from '../../core/ledger.js';
import type { RowState, StateCounts } from '../../core/row-state.js';
import { rowStates } from '../../core/row-state.js';
import { meantAgain, sameScope } from './history.js';
import type { Push } from './push.js';

/**
 * The run these bytes belong to, if they were pushed before with the same settings. An unfinished run planned with
 * other settings is never mixed with this one: throws UserError (exit 10). A run whose end nobody was told is told now,
 * also where the file may be contacted again: the one who asked cannot know that it was done.
 */
export async function findEarlier(push: Push, ledger: Ledger, account: string): Promise<Run | null> {
  const { operation, input } = push;
  const runs = await ledger.runsOf(account, operation.id, input.source.facts.sha256);
  const again = mayContactAgain(push) || meantAgain(push);
  for (const run of runs.filter((candidate) => sameScope(candidate, push))) {
    const counts = await ledger.counts(run.id);
    const unfinished = counts.ready + counts.sending > 0;
    if (!unfinished && (await hasGivenUp(ledger, run, counts))) continue;
    const untold = run.reportedAt === null && cameToSending(counts);
    if (run.outdated && unfinished) throw outdatedRun(run);
    const same = run.settingsHash === input.settingsHash;
    if (same && (unfinished || untold || (!again && cameToSending(counts)))) return run;
    if (unfinished) throw planOutOfDate(run);
  }
  return null;
}

/** A run of which no row could be sent is no memory of anybody: the file is planned anew. */
const cameToSending = (counts: StateCounts): boolean =>
  rowStates.some((state) => counts[state] > 0 && !neverSent.includes(state));

const neverSent: readonly RowState[] = ['invalid', 'held', 'blocked', 'duplicate'];

/** `--recontact` asks for people who were contacted before: then a finished run is no reason to do nothing. */
const mayContactAgain = (push: Push): boolean =>
  (push.plan.recontact ?? push.session.profile.recontact).mode !== 'never';

/** Whether rows of the run were given up before they were sent: then the file may be planned anew for them. */
async function hasGivenUp(ledger: Ledger, run: Run, counts: StateCounts): Promise<boolean> {
  if (counts.abandoned === 0) return false;
  for await (const { attempt, payload } of ledger.rows(run.id, { states: ['abandoned'] }))
    if (attempt === 0 && payload !== null) return true;
  return false;
}

const outdatedRun = (run: Run): Error =>
  gateClosed({
    code: 'run.plan-out-of-date',
    message: `Run ${run.id} of this file is unfinished and was planned by an older salesq, which did not check every number of a row`,
    hint: `salesq runs abandon ${run.id} --reason "planned by an older version"  # then push the file again`,
  });

const planOutOfDate = (run: Run): Error =>
  gateClosed({
    code: 'run.plan-out-of-date',
    message: `Run ${run.id} of this file is unfinished and was planned with other settings (mapping, constants, phone format or options)`,
    hint: `salesq runs resume ${run.id}  # or repeat the push with the settings it was planned with`,
  });
