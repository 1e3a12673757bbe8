import { isoTime } from '../../core/clock.js';
import { unusable, type UserError } from '../../core/errors.js';
import type { LedgerMark } from '../../core/ledger-admin.js';

export const missing = (where: string): UserError =>
  unusable({
    code: 'ledger.missing',
    message: `There is no ledger at ${where}.`,
    hint: 'Check its path (--ledger, SALESQ_LEDGER or the profile). If there was one, restore it from a backup; only a first push makes a new one.',
  });

/** A mark that keeps a ledger from being used, in words. */
export function marked(where: string, mark: LedgerMark): UserError {
  switch (mark.kind) {
    case 'moved':
      return unusable({
        code: 'ledger.moved',
        message: `The ledger ${where} was moved to ${mark.to} on ${isoTime(mark.at)}: this one does not know what is sent from there.`,
        hint: `Use --ledger ${mark.to}; or take this one back: salesq ledger adopt --ledger ${where}`,
      });
    case 'backup':
      return unusable({
        code: 'ledger.backup',
        message: `${where} is a backup of ${isoTime(mark.at)}: it does not know what was sent since.`,
        hint: `Look at it with salesq ledger status; to go on with it: salesq ledger adopt --ledger ${where}`,
      });
    case 'arriving':
      return unusable({
        code: 'ledger.arriving',
        message: `The ledger ${where} is a copy of ${mark.from} that was not finished.`,
        hint: `Finish it by the same command: salesq ledger copy ${where} --ledger ${mark.from}`,
      });
  }
}

/** A process that had the ledger open before it was moved. */
export const movedMeanwhile = (where: string): UserError =>
  unusable({
    code: 'ledger.moved',
    message: `The ledger ${where} was moved to another place while this command was running; nothing more is written here.`,
    hint: `salesq ledger status --ledger ${where} tells where it is now.`,
  });

export const inUse = (where: string): UserError =>
  unusable({
    code: 'ledger.in-use',
    message: `The ledger ${where} was neither moved nor restored from a backup: it is in use as it is.`,
    hint: 'salesq ledger status tells what it is.',
  });

export const exists = (path: string, hint: string): UserError =>
  unusable({ code: 'ledger.exists', message: `${path} is there already.`, hint });

export const notEmpty = (where: string): UserError =>
  unusable({
    code: 'ledger.not-empty',
    message: `The ledger ${where} holds something already: two ledgers are not mixed.`,
    hint: 'Copy to an empty database, or to a file that is not there yet.',
  });

export const behind = (where: string, found: number, known: number): UserError =>
  unusable({
    code: 'ledger.behind',
    message: `The ledger ${where} has schema ${found}; this salesq works with ${known}.`,
    hint: `salesq ledger migrate --ledger ${where}`,
  });

/** What was written is not what was read. The new ledger is thrown away, the old one stays as it was. */
export const notVerified = (where: string, table: string): UserError =>
  unusable({
    code: 'ledger.not-verified',
    message: `Table ${table} read back from ${where} is not what was copied; the copy was thrown away.`,
    hint: 'Check the disk or server; then run salesq ledger check on the ledger it was copied from.',
  });
