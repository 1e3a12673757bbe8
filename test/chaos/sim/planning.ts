import { UserError } from '../../../src/core/errors.js';
import type { PlanPolicy, Run } from '../../../src/core/ledger.js';
import type { InputRow, SourceFacts } from '../../../src/core/row.js';
import { writePlan } from '../../../src/engine/plan.js';
import { number } from '../../support/rows.js';
import { operationOf } from './operation.js';
import type { Held, Program } from './programs.js';

/** A file of leads: a number each, some of them no numbers, and for some a second one that is dialled too. */
export interface LeadFile {
  readonly name: string;
  readonly phones: readonly (string | null)[];
  /** By lead, as `phones`; null where a lead has one number only. */
  readonly seconds: readonly (string | null)[];
}

const sourceOf = ({ name, phones }: LeadFile): SourceFacts => ({
  name,
  sha256: name.padEnd(64, '0'),
  bytes: phones.length,
  format: 'csv',
  encoding: 'utf-8',
  delimiter: ';',
});

const columns = ['Phone', 'Second'];

// eslint-disable-next-line @typescript-eslint/require-await -- a file is read in pieces, this one is in memory
async function* rowsOf({ phones, seconds }: LeadFile): AsyncIterable<InputRow> {
  for (const [index, phone] of phones.entries()) {
    const values = [phone ?? 'none', seconds[index] ?? ''];
    yield { row: index + 1, line: index + 2, columns, values, broken: null };
  }
}

/** The run these bytes belong to, if it is to be gone on with. */
export async function earlier(
  { ledger, account }: Program,
  operation: string,
  file: LeadFile,
  { recontact }: PlanPolicy,
): Promise<Run | null> {
  for (const run of await ledger.runsOf(account, operation, sourceOf(file).sha256)) {
    const counts = await ledger.counts(run.id);
    const came =
      counts.delivered + counts['in-doubt'] + counts.rejected + counts.already + counts.abandoned > 0;
    if (counts.ready + counts.sending > 0 || (recontact.mode === 'never' && came)) return run;
  }
  return null;
}

/** T0: a sealed plan; null where a stop came first. */
export async function plan(
  program: Program,
  operation: string,
  file: LeadFile,
  policy: PlanPolicy,
  { lock, lost }: Held,
): Promise<Run | null> {
  const { ledger, account, kind, process } = program;
  const source = sourceOf(file);
  const id = await ledger.beginPlan(
    {
      account,
      profile: 'simulated',
      vendor: 'simulated',
      operation,
      scope: 'people',
      reaches: 'by-number',
      source,
      columns,
      settings: {},
      settingsHash: 'x',
    },
    lock,
  );
  const planner = {
    operation: operationOf(operation, kind, program.vendor, process),
    options: {},
    run: id,
    table: true,
    map: ({ row, values }: InputRow) => {
      const [first, second] = values;
      const phone = typeof first === 'string' && first !== 'none' ? first : null;
      const more = typeof second === 'string' && second !== '' ? { Second: number(second) } : {};
      const problem = { code: 'phone.invalid', message: 'no number' };
      return {
        lead: { row, fields: phone === null ? {} : { Phone: number(phone), ...more }, free: {} },
        phone,
        problems: phone === null ? [{ state: 'invalid' as const, problem }] : [],
      };
    },
  };
  const signal = AbortSignal.any([process.stopping.signal, lost]);
  try {
    const whole = await writePlan(planner, rowsOf(file), {
      ledger,
      run: id,
      policy,
      history: null,
      signal,
      onRows: () => undefined,
    });
    if (!whole) {
      await ledger.discardPlan(id);
      return null;
    }
  } catch (error) {
    await ledger.discardPlan(id);
    throw error;
  }
  if (!(await ledger.heartbeat(lock)))
    throw new UserError({ code: 'run.lock-lost', message: 'Lost', exit: 11 });
  await ledger.seal(id, source, columns);
  return ledger.run(id);
}
