import type { VendorEntry } from '../core/vendor.js';
import type { CommandDefinition, CommandNode } from './command.js';

const profiles = () => import('./profiles.js');
const runs = () => import('./runs.js');
const resume = () => import('./resume.js');
const reconcile = () => import('./reconcile.js');
const dnc = () => import('./dnc.js');
const ledger = () => import('./ledger.js');
const accounts = () => import('./accounts.js');
const sandbox = () => import('./sandbox.js');

const group = (name: string, summary: string, children: readonly CommandNode[]): CommandNode => ({
  name,
  summary,
  children: () => Promise.resolve(children),
});

const leaf = (name: string, summary: string, load: () => Promise<CommandDefinition>): CommandNode => ({
  name,
  summary,
  load,
});

/** Every command and where it is; nothing is loaded before it is called. */
export const commandsOf = (vendors: readonly VendorEntry[]): readonly CommandNode[] => [
  leaf(
    'demo',
    'the whole round on an embedded sandbox, in a temporary directory',
    async () => (await sandbox()).demo,
  ),
  group('profiles', 'what the config file holds', [
    leaf('list', 'the profiles there are', async () => (await profiles()).profilesList),
    leaf('show', 'a profile, and where each value came from', async () => (await profiles()).profilesShow),
    leaf(
      'check',
      'log in to each vendor of a profile by a read',
      async () => (await profiles()).profilesCheck,
    ),
  ]),
  ...vendors.map((entry): CommandNode => ({
    name: entry.id,
    summary: entry.about,
    children: async () => (await import('./vendor.js')).vendorCommands((await entry.load()).default),
  })),
  group('runs', 'what was pushed, row by row', [
    leaf('list', 'the runs, newest first', async () => (await runs()).runsList),
    leaf('show', 'one run: counts, times, settings', async () => (await runs()).runsShow),
    leaf('rows', 'the rows of a run', async () => (await runs()).runsRows),
    leaf('resume', 'send the rows of a run that are still ready', async () => (await resume()).resume),
    leaf('work', 'join a run from another machine (shared ledger)', async () => (await resume()).work),
    leaf(
      'retry',
      'plan again what was refused or never sent, mended or not',
      async () => (await resume()).retry,
    ),
    leaf(
      'reconcile',
      'ask the vendor about rows that are in doubt',
      async () => (await reconcile()).reconcile,
    ),
    leaf('abandon', 'give up what is still ready of a run', async () => (await runs()).runsAbandon),
    leaf('resolve', 'decide a row that is in doubt', async () => (await runs()).runsResolve),
  ]),
  group('dnc', 'the local do-not-call list: looked at before every send', [
    leaf('add', 'block numbers', async () => (await import('./dnc-add.js')).dncAdd),
    leaf('remove', 'take numbers off', async () => (await dnc()).dncRemove),
    leaf('check', 'are these numbers blocked?', async () => (await dnc()).dncCheck),
    leaf('list', 'all blocked numbers', async () => (await dnc()).dncList),
  ]),
  group('ledger', 'the record of what was sent: look after it', [
    leaf('status', 'where it is, what it holds, who is at work', async () => (await ledger()).ledgerStatus),
    leaf('check', 'is it sound, and does it keep its promises?', async () => (await ledger()).ledgerCheck),
    leaf('migrate', 'bring its schema up to date', async () => (await ledger()).ledgerMigrate),
    leaf('backup', 'a verified copy in one file', async () => (await ledger()).ledgerBackup),
    leaf(
      'copy',
      'move it to another file, or to PostgreSQL and back',
      async () => (await ledger()).ledgerCopy,
    ),
    leaf(
      'adopt',
      'take one into use that was moved away or is a backup',
      async () => (await ledger()).ledgerAdopt,
    ),
    {
      ...leaf(
        'accounts',
        'the accounts it knows, and which are the same',
        async () => (await accounts()).accountsList,
      ),
      children: () =>
        Promise.resolve([
          leaf('same', 'two of them are one account', async () => (await accounts()).accountsSame),
          leaf('separate', 'one is an account of its own', async () => (await accounts()).accountsSeparate),
        ]),
    },
    leaf(
      'purge',
      'forget personal data of runs that ended long ago',
      async () => (await ledger()).ledgerPurge,
    ),
  ]),
  leaf('sandbox', 'serve stand-ins of the vendors on this machine', async () =>
    (await sandbox()).sandboxDefinition(vendors),
  ),
];
