import { accountTitle, unsettledWith } from '../core/account.js';
import { isoTime } from '../core/clock.js';
import { gateClosed } from '../core/errors.js';
import { closedFor, type Closed } from '../core/gate.js';
import type { KnownAccount, Ledger } from '../core/ledger.js';
import type { Job, World } from './job.js';
import { checkWitness, hearWitness, type Heard } from './witness.js';

/**
 * Whether a job may contact people at all: the ledger is the newest, the clock agrees with it, and the account is one it
 * knows. Asked before planning and before sending; what reaches nobody is never refused.
 */

type Admitted = Pick<Job, 'operation' | 'options' | 'account' | 'place' | 'vendor' | 'policy'>;

/**
 * @returns what is to be said although the job may go on; null for nothing
 * @throws UserError as `checkWitness` does, `clock.behind`, `clock.far-ahead`, `account.unknown` (exit 10)
 */
export async function admit(
  world: Pick<World, 'witness' | 'clock'>,
  ledger: Ledger,
  job: Admitted,
  account: string,
): Promise<string | null> {
  const said = await checkWitness(world, ledger, job, account);
  const closed = await closedNow(world, ledger, job, account);
  if (closed === null || closed.pause) return said;
  const { code, message, hint } = closed;
  throw gateClosed({ code, message, hint: hint ?? undefined });
}

/**
 * The same without refusing, and without keeping anything in the ledger: for a dry run.
 * @param account its number in the ledger; null where it has none, or there is no ledger
 */
export async function foresee(
  world: Pick<World, 'witness' | 'clock'>,
  ledger: Ledger | null,
  job: Admitted,
  account: string | null,
): Promise<Heard> {
  const heard = await hearWitness(world, ledger, job, account);
  return heard.closed ? heard : { ...heard, closed: await closedNow(world, ledger, job, account) };
}

async function closedNow(
  { clock }: Pick<World, 'clock'>,
  ledger: Ledger | null,
  job: Admitted,
  account: string | null,
): Promise<Closed | null> {
  const reaches = job.operation.reaches(job.options);
  if (reaches === 'nobody') return null;
  const progress = ledger && (await ledger.progress(account));
  const time = progress && { now: progress.at, newest: progress.newest };
  const closed = closedFor({ ...job.policy.contact, reaches, now: clock.now(), ledger: time });
  if (closed && !closed.pause) return closed;
  return (ledger && (await unknownAccount(ledger, job, account))) ?? closed;
}

/** Why people of this account are not contacted: it may be one that the ledger knows by another name or place. */
async function unknownAccount(ledger: Ledger, job: Admitted, account: string | null): Promise<Closed | null> {
  const all = await ledger.accounts();
  const [other, ...more] = unsettledWith(all, job.vendor, account);
  if (!other) return null;
  const own = all.find(({ id }) => id === account);
  const title = accountTitle(own?.ref ?? job.account);
  const id = account ?? '<id>';
  const others = more.length === 0 ? '' : `, and ${more.length} more`;
  return {
    code: 'account.unknown',
    message: `Nobody was contacted yet as ${title}. The ledger knows ${usedAs(other)}${others}: whether that is the same account, nobody has said.`,
    hint: `Nobody is contacted, because people of the one would be strangers to the other. If it is the same account: \`salesq ledger accounts same ${id} ${other.id}\`; if it is one of its own, with people of its own: \`salesq ledger accounts separate ${id}\`${more.length === 0 ? '' : '; `salesq ledger accounts` lists them all'}`,
    pause: false,
  };
}

const usedAs = ({ ref, lastUsed, contacts }: KnownAccount): string =>
  `${accountTitle(ref)}, with ${contacts} contacts${lastUsed === null ? '' : `, last used on ${isoTime(lastUsed)}`}`;
