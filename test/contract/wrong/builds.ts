import type { Edit } from '../../chaos/wrong/builds.js';
import type { Moment, Release } from '../gate.js';

/** A build of the program with one wrong idea about the do-not-call list, and the plays of the gate contract that show it. */
export interface WrongGate {
  readonly name: string;
  /** The wrong idea, in a sentence. */
  readonly idea: string;
  readonly edits: readonly Edit[];
  readonly plays: readonly WrongPlay[];
}

export type WrongPlay = {
  /** Name of the case. */
  readonly of: string;
  /** Kind of the fault that must be among those seen. */
  readonly caughtAs: 'left' | 'kept';
} & (
  | { readonly play: 'blocked' | 'stops'; readonly moment: Moment }
  | { readonly play: 'released'; readonly release: Release }
);

const left = (moment: Moment, of: string): WrongPlay => ({ play: 'blocked', of, moment, caughtAs: 'left' });
const leftAgain = (release: Release, of: string): WrongPlay => ({
  play: 'released',
  of,
  release,
  caughtAs: 'left',
});
const kept = (of: string, play: 'blocked' | 'stops' = 'stops'): WrongPlay => ({
  play,
  of,
  moment: 'before planning',
  caughtAs: 'kept',
});

const gate = 'core/gate.js';
const edit = 'vendors/mmdial/leads-edit.js';

export const wrongGates: readonly WrongGate[] = [
  {
    name: 'asks-for-the-key',
    idea: 'the list is asked for the number a row is known by, so a second number is nobody’s',
    edits: [
      { file: gate, from: 'dials && listed.has(key)', to: 'false' },
      { file: 'core/number.js', from: '[...own, ...dialled]', to: 'own' },
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
      {
        file: 'ledger/sql/claim.js',
        from: 'await listedAmong(tx, candidates.map(subjectOf))',
        to: '{ listed: new Set(), similar: new Map() }',
      },
      {
        file: 'ledger/sql/do-not-call.js',
        from: "const ready = await findContacts(tx, phones, ['ready']);",
        to: 'const ready = [];',
      },
    ],
    plays: [left('after planning', 'sales-q import'), left('during the claim', 'sales-q import')],
  },
  {
    name: 'asked-once',
    idea: 'a row that was let pass once may leave again: the list was asked for it',
    edits: [
      { file: 'ledger/sql/gate.js', from: 'judge(subject, facts, moment)', to: 'null' },
      {
        file: 'ledger/sql/claim.js',
        from: 'candidates.map(subjectOf)',
        to: 'candidates.filter(({ record }) => record.attempt === 0).map(subjectOf)',
      },
    ],
    plays: [
      leftAgain('by a person', 'sales-q import'),
      leftAgain('by a person', 'mmdial leads edit status'),
      leftAgain('by reading back', 'comunik8 add'),
    ],
  },
  {
    name: 'judged-before-the-retry',
    idea: 'what is tried again was judged when it was pushed, so a retry plans and sends it as it is',
    edits: [
      {
        file: 'ledger/sql/gate.js',
        from: 'wanted = [...keys].flatMap(',
        to: 'wanted = (process.argv.includes("retry") ? [] : [...keys]).flatMap(',
      },
    ],
    plays: [leftAgain('by a retry', 'mmdial leads add')],
  },
  {
    name: 'free-text-is-dialled',
    idea: 'whatever looks like a number is one that somebody rings',
    edits: [
      {
        file: 'core/number.js',
        from: 'collectNumbers(value, found) {',
        to: `collectNumbers(value, found) {
  const [text = ''] = (typeof value === 'string' && /\\b0[\\d /]{9,}/.exec(value)) || [];
  if (text !== '') found.push(new PhoneNumber('+49' + text.replace(/\\D/g, '').slice(1), text, true));`,
      },
    ],
    plays: [
      kept('sales-q import', 'blocked'),
      kept('comunik8 add', 'blocked'),
      kept('mmdial leads add', 'blocked'),
      kept('mmdial leads edit notices', 'blocked'),
    ],
  },
  {
    name: 'silence-for-the-listed',
    idea: 'nothing that holds a listed number may leave',
    edits: [{ file: gate, from: 'dials && listed.has(key)', to: 'listed.has(key)' }],
    plays: [kept('comunik8 cancel'), kept('mmdial dnc add')],
  },
];
