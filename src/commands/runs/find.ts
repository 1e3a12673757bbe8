import { usageError } from '../../core/errors.js';
import type { Ledger, Run } from '../../core/ledger.js';

/** The run an id, a unique prefix or `last` names. Throws UserError (exit 2). */
export async function findRun(ledger: Ledger, name: string): Promise<Run> {
  if (name === 'last') {
    const newest = (await ledger.runs(20)).find(({ sealedAt }) => sealedAt !== null);
    if (newest) return newest;
    throw unknownRun('There is no run in this ledger yet', 'salesq sales-q import <file>');
  }
  const matches = (await ledger.runsByPrefix(name.toUpperCase())).filter(({ sealedAt }) => sealedAt !== null);
  const exact = matches.find(({ id }) => id === name.toUpperCase());
  const [only, second] = matches;
  if (exact) return exact;
  if (!only) throw unknownRun(`No run starts with "${name}"`, 'salesq runs list');
  if (second)
    throw unknownRun(`${matches.length} runs start with "${name}"`, 'Give more of the id: salesq runs list');
  return only;
}

const unknownRun = (message: string, hint: string): Error =>
  usageError({ code: 'run.unknown', message, hint });
