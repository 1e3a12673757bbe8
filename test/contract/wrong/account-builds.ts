import type { Edit } from '../../chaos/wrong/builds.js';

/** A build of the program with one wrong idea about which account or what time it is, and the play that shows it. */
export interface WrongAccount {
  readonly name: string;
  /** The wrong idea, in a sentence. */
  readonly idea: string;
  readonly edits: readonly Edit[];
  /** Name of the play. */
  readonly play: string;
}

const naming = 'core/account.js';
const finding = 'config/place.js';
const admitting = 'engine/admission.js';
const joining = 'ledger/sql/join.js';
const noting = 'ledger/sql/progress.js';
const gate = 'core/gate.js';

const spellings = 'another path, port, host name, folder, profile and key at once';

export const wrongAccounts: readonly WrongAccount[] = [
  {
    name: 'knows-the-path',
    idea: 'the address of an account is its address, to the last slash',
    edits: [{ file: naming, from: "return 'loopback';", to: 'return `loopback${url.pathname}`;' }],
    play: spellings,
  },
  {
    name: 'knows-the-letters',
    idea: 'two names that differ are two names',
    edits: [
      {
        file: naming,
        from: "text.normalize('NFKC').trim().replace(/\\s+/gu, ' ').toLowerCase().normalize('NFKC')",
        to: 'text',
      },
    ],
    play: 'a name in another spelling',
  },
  {
    name: 'knows-the-key',
    idea: 'who has another key is somebody else',
    edits: [
      {
        file: finding,
        from: 'marks: vendor.accountBy.map((name) => settings.values[name] ?? null),',
        to: 'marks: [keyMarkOf(vendor, settings)],',
      },
    ],
    play: 'another key',
  },
  {
    name: 'never-asks',
    idea: 'an account nobody has used is a new one',
    edits: [{ file: admitting, from: 'if (!other)', to: 'if (true)' }],
    play: 'another name',
  },
  {
    name: 'takes-the-namesake',
    idea: 'an account that gets a name is the one that had none',
    edits: [
      {
        file: naming,
        from: 'if (mine && (mine.contacts > 0 || mine.separate !== null))',
        to: 'if (all.some(({ id, ref }) => id !== own && ref.name === null))',
      },
    ],
    play: 'two keys in one configuration, which get names',
  },
  {
    name: 'asks-whoever-stops',
    idea: 'before it is known which account is meant nothing may leave',
    edits: [{ file: admitting, from: "if (reaches === 'nobody')", to: 'if (false)' }],
    play: 'what stops somebody, and another vendor',
  },
  {
    name: 'joins-names-only',
    idea: 'two accounts are one once they have one name',
    edits: [
      {
        file: joining,
        from: 'for (const { no, same } of await historiesOf(tx, kept, gone))\n        await moveHistory',
        to: 'for (const { no, same } of [])\n        await moveHistory',
      },
    ],
    play: 'an account of its own',
  },
  {
    name: 'joins-the-past',
    idea: 'who waits to be sent is no contact yet',
    edits: [{ file: joining, from: 'for (let sum = 0;;) {', to: 'for (let sum = 0;;) { return 0;' }],
    play: 'people who wait in one account',
  },
  {
    name: 'joins-at-work',
    idea: 'who sends now has looked already',
    edits: [{ file: joining, from: 'if (living)', to: 'if (false)' }],
    play: 'an account that is made one while it is sent',
  },
  {
    name: 'believes-the-clock',
    idea: 'it is as late as the clock says',
    edits: [{ file: gate, from: 'ledger.newest - ledger.now <= behindMs', to: 'true' }],
    play: 'a clock that is set back by a year',
  },
  {
    name: 'believes-any-year',
    idea: 'time passes, so a clock that is ahead is right',
    edits: [{ file: gate, from: 'ledger.now - ledger.newest <= farAheadMs', to: 'true' }],
    play: 'a clock that is two years ahead',
  },
  {
    name: 'demands-the-same-second',
    idea: 'clocks agree or one of them is wrong',
    edits: [
      { file: gate, from: 'ledger.newest - ledger.now <= behindMs', to: 'ledger.newest <= ledger.now' },
    ],
    play: 'clocks a few minutes apart',
  },
  {
    name: 'counts-either-way',
    idea: 'what is 200 days away is 200 days ago',
    edits: [{ file: gate, from: 'now - Math.min(at, now) > afterMs', to: 'Math.abs(now - at) > afterMs' }],
    play: 'a clock that was ahead, and recontact after 90 days',
  },
  {
    name: 'notes-any-year',
    idea: 'what is noted now is the newest there is',
    edits: [{ file: noting, from: 'early: tx.now - farAheadMs,', to: 'early: 0,' }],
    play: 'a clock that is two years ahead',
  },
  {
    name: 'looks-at-the-clock-once',
    idea: 'a clock that was right at the start stays right',
    edits: [{ file: 'engine/run.js', from: 'ledger: noting.time()', to: 'ledger: null' }],
    play: 'a clock that is set back while rows are sent',
  },
];
