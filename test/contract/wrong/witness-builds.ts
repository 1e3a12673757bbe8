import type { Edit } from '../../chaos/wrong/builds.js';

/** A build of the program with one wrong idea about ledgers that are missing, older or doubled, and the play that shows it. */
export interface WrongWitness {
  readonly name: string;
  /** The wrong idea, in a sentence. */
  readonly idea: string;
  readonly edits: readonly Edit[];
  /** Name of the play. */
  readonly play: string;
}

const judging = 'core/witness.js';
const asking = 'engine/witness.js';
const keeping = 'ledger/witness.js';

export const wrongWitnesses: readonly WrongWitness[] = [
  {
    name: 'takes-any-ledger',
    idea: 'where no ledger is, nobody was contacted',
    edits: [{ file: judging, from: 'if (missing.contacts + missing.optOuts === 0)', to: 'if (true)' }],
    play: 'a ledger that was deleted',
  },
  {
    name: 'knows-it-by-its-id',
    idea: 'a ledger with the right id is the ledger',
    edits: [
      {
        file: judging,
        from: 'contacts: same ? Math.max(0, seen.contacts - now.contacts)',
        to: 'contacts: same ? 0',
      },
    ],
    play: 'a copy from before the second push',
  },
  {
    name: 'knows-it-by-its-figures',
    idea: 'a ledger that knows as many contacts knows the same ones',
    edits: [{ file: judging, from: 'const same = seen.ledger === now.ledger;', to: 'const same = true;' }],
    play: 'an older copy that is taken into use',
  },
  {
    name: 'counts-contacts-only',
    idea: 'a copy that knows every contact is new enough',
    edits: [
      { file: judging, from: 'same ? Math.max(0, seen.optOuts - now.optOuts) : seen.optOuts', to: '0' },
    ],
    play: 'an opt-out that a restored copy lost',
  },
  {
    name: 'adds-up',
    idea: 'as many numbers on the list are the same numbers',
    edits: [{ file: asking, from: "if (objection?.kind === 'older')", to: 'if (false)' }],
    play: 'what stops somebody',
  },
  {
    name: 'stops-what-stops',
    idea: 'from a ledger that is not the newest nothing may leave',
    edits: [{ file: asking, from: 'if (!mayLeadToContact(operation, options))', to: 'if (false)' }],
    play: 'what stops somebody',
  },
  {
    name: 'keeps-it-where-it-is',
    idea: 'an opt-out that is on the list of the ledger at hand is on the list',
    edits: [{ file: 'engine/opt-out.js', from: 'if (awaited.length === 0)', to: 'if (true)' }],
    play: 'an opt-out while the ledger is away',
  },
  {
    name: 'handed-over-is-done',
    idea: 'an opt-out that a ledger has taken in need not wait for it any more, older copy or not',
    edits: [
      { file: 'engine/opt-out.js', from: 'if (objection === null && contested === null)', to: 'if (true)' },
    ],
    play: 'an opt-out in an older copy',
  },
  {
    name: 'notes-ahead',
    idea: 'what is about to be sent may as well be noted now',
    edits: [
      {
        file: asking,
        from: '.note(subject, read).catch',
        to: '.note(subject, async () => { const p = await read(); return { ...p, contacts: p.contacts + 9 }; }).catch',
      },
    ],
    play: 'kills in the middle',
  },
  {
    name: 'keeps-its-id',
    idea: 'a copy that is taken into use is still the ledger it was copied from',
    edits: [
      { file: 'ledger/sql/progress.js', from: '{ name: names.id, value: newId() },\n        {', to: '{' },
    ],
    play: 'an older copy that is taken into use',
  },
  {
    name: 'believes-every-machine',
    idea: 'what any machine has noted is true of the ledger here',
    edits: [{ file: keeping, from: 'all.filter((entry) => entry.machine === machine)', to: 'all' }],
    play: 'entries of another machine',
  },
  {
    name: 'replaces-the-damaged',
    idea: 'a witness that cannot be read is made anew',
    edits: [
      {
        file: keeping,
        from: 'throw new Unusable(`${path} is damaged, or of another salesq.`)',
        to: 'return []',
      },
    ],
    play: 'a damaged witness',
  },
  {
    name: 'opens-by-any-name',
    idea: 'a file is the same file by whichever of its names it is opened',
    edits: [{ file: 'ledger/sqlite/open.js', from: 'if (names > 1)', to: 'if (false)' }],
    play: 'a hard link',
  },
];
