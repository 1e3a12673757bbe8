import type { VendorEntry } from '../core/vendor.js';
import type { CommandNode } from './command.js';

const group = (name: string, summary: string, children: readonly CommandNode[]): CommandNode => ({
  name,
  summary,
  children: () => Promise.resolve(children),
});

/** Every command and where it is; nothing is loaded before it is called. */
export const commandsOf = (vendors: readonly VendorEntry[]): readonly CommandNode[] => [
  {
    name: 'demo',
    summary: 'the whole round on an embedded sandbox, in a temporary directory',
    load: async () => (await import('./sandbox.js')).demo,
  },
  group('profiles', 'what the config file holds', [
    {
      name: 'list',
      summary: 'the profiles there are',
      load: async () => (await import('./profiles.js')).profilesList,
    },
    {
      name: 'show',
      summary: 'a profile, and where each value came from',
      load: async () => (await import('./profiles.js')).profilesShow,
    },
    {
      name: 'check',
      summary: 'log in to each vendor of a profile by a read',
      load: async () => (await import('./profiles.js')).profilesCheck,
    },
  ]),
  ...vendors.map((entry): CommandNode => ({
    name: entry.id,
    summary: entry.about,
    children: async () => (await import('./vendor.js')).vendorCommands((await entry.load()).default),
  })),
  group('runs', 'what was pushed, row by row', [
    {
      name: 'list',
      summary: 'the runs, newest first',
      load: async () => (await import('./runs.js')).runsList,
    },
    {
      name: 'show',
      summary: 'one run: counts, times, settings',
      load: async () => (await import('./runs.js')).runsShow,
    },
    {
      name: 'rows',
      summary: 'the rows of a run',
      load: async () => (await import('./runs.js')).runsRows,
    },
    {
      name: 'resume',
      summary: 'send the rows of a run that are still ready',
      load: async () => (await import('./resume.js')).resume,
    },
    {
      name: 'work',
      summary: 'join a run from another machine (shared ledger)',
      load: async () => (await import('./resume.js')).work,
    },
    {
      name: 'retry',
      summary: 'plan again what was refused or never sent, mended or not',
      load: async () => (await import('./resume.js')).retry,
    },
    {
      name: 'reconcile',
      summary: 'ask the vendor about rows that are in doubt',
      load: async () => (await import('./reconcile.js')).reconcile,
    },
    {
      name: 'abandon',
      summary: 'give up what is still ready of a run',
      load: async () => (await import('./runs.js')).runsAbandon,
    },
    {
      name: 'resolve',
      summary: 'decide a row that is in doubt',
      load: async () => (await import('./runs.js')).runsResolve,
    },
  ]),
  group('dnc', 'the local do-not-call list: looked at before every send', [
    { name: 'add', summary: 'block numbers', load: async () => (await import('./dnc.js')).dncAdd },
    {
      name: 'remove',
      summary: 'take numbers off',
      load: async () => (await import('./dnc.js')).dncRemove,
    },
    {
      name: 'check',
      summary: 'are these numbers blocked?',
      load: async () => (await import('./dnc.js')).dncCheck,
    },
    {
      name: 'list',
      summary: 'all blocked numbers',
      load: async () => (await import('./dnc.js')).dncList,
    },
  ]),
  group('ledger', 'the record of what was sent: look after it', [
    {
      name: 'status',
      summary: 'where it is, what it holds, who is at work',
      load: async () => (await import('./ledger.js')).ledgerStatus,
    },
    {
      name: 'check',
      summary: 'is it sound, and does it keep its promises?',
      load: async () => (await import('./ledger.js')).ledgerCheck,
    },
    {
      name: 'migrate',
      summary: 'bring its schema up to date',
      load: async () => (await import('./ledger.js')).ledgerMigrate,
    },
    {
      name: 'backup',
      summary: 'a verified copy in one file',
      load: async () => (await import('./ledger.js')).ledgerBackup,
    },
    {
      name: 'copy',
      summary: 'move it to another file, or to PostgreSQL and back',
      load: async () => (await import('./ledger.js')).ledgerCopy,
    },
    {
      name: 'adopt',
      summary: 'take one into use that was moved away or is a backup',
      load: async () => (await import('./ledger.js')).ledgerAdopt,
    },
    {
      name: 'purge',
      summary: 'forget personal data of runs that ended long ago',
      load: async () => (await import('./ledger.js')).ledgerPurge,
    },
  ]),
  {
    name: 'sandbox',
    summary: 'serve stand-ins of the vendors on this machine',
    load: async () => (await import('./sandbox.js')).sandboxDefinition(vendors),
  },
];
