import type { Edit } from '../../chaos/wrong/builds.js';
import type { Moment } from '../gate.js';

/** A build of the program with one wrong idea about the do-not-call list, and the plays of the gate contract that show it. */
export interface WrongGate {
  readonly name: string;
  /** The wrong idea, in a sentence. */
  readonly idea: string;
  readonly edits: readonly Edit[];
  readonly plays: readonly WrongPlay[];
}

interface WrongPlay {
  /** Name of the case. */
  readonly of: string;
  readonly moment: Moment;
  /** Kind of the fault that must be among those seen. */
  readonly caughtAs: 'left' | 'kept';
}

const left = (moment: Moment, of: string): WrongPlay => ({ of, moment, caughtAs: 'left' });
const kept = (of: string): WrongPlay => ({ of, moment: 'before planning', caughtAs: 'kept' });

const gate = 'core/gate.js';
const edit = 'vendors/mmdial/leads-edit.js';

export const wrongGates: readonly WrongGate[] = [
  {
    name: 'asks-for-the-key',
    idea: 'the list is asked for the number a row is known by, so a second number is nobody’s',
    edits: [
      { file: gate, from: 'dials && listed.has(key)', to: 'false' },
      { file: 'ledger/sql/gate.js', from: '...ownNumbers(row), ...dialled', to: '...ownNumbers(row)' },
    ],
    plays: [
      left('before planning', 'comunik8 add'),
      left('before planning', 'mmdial leads add'),
      left('before planning', 'mmdial leads edit notices'),
    ],
  },
  {
    name: 'payload-of-strings',
    idea: 'a payload is text: the numbers in it were looked at when it was made',
    edits: [
      {
        file: 'core/number.js',
        from: 'return new PhoneNumber(e164, written, dials);',
        to: 'return new OutgoingNumber(minted, new PhoneNumber(e164, written, dials));',
      },
      { file: 'core/number.js', from: 'collectNumbers(payload, found);', to: '' },
    ],
    plays: [left('after planning', 'comunik8 add'), left('during the claim', 'mmdial leads add')],
  },
  {
    name: 'edit-is-no-contact',
    idea: 'who changes a record contacts nobody',
    edits: [
      { file: edit, from: "(isRedial(options) ? 'by-id' : 'nobody')", to: "'nobody'" },
      {
        file: edit,
        from: 'fields: editFields',
        to: 'fields: editFields.map((field) => ({ ...field, dials: false }))',
      },
    ],
    plays: [
      left('before planning', 'mmdial leads edit notices'),
      left('after planning', 'mmdial leads edit status'),
    ],
  },
  {
    name: 'asks-at-planning-only',
    idea: 'a run is checked when it is planned, and then it is sent',
    edits: [
      { file: 'ledger/sql/claim.js', from: 'await listedAmong(tx, candidates)', to: 'new Set()' },
      {
        file: 'ledger/sql/numbers.js',
        from: 'blockedRows += await blockReady(tx, who, part);',
        to: '',
      },
    ],
    plays: [left('after planning', 'sales-q import'), left('during the claim', 'sales-q import')],
  },
  {
    name: 'silence-for-the-listed',
    idea: 'nothing that holds a listed number may leave',
    edits: [{ file: gate, from: 'dials && listed.has(key)', to: 'listed.has(key)' }],
    plays: [kept('comunik8 cancel'), kept('mmdial dnc add')],
  },
];
