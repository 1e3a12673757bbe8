import type { Edit } from '../wrong/builds.js';
import type { FaultKind } from './judge.js';

/** A build with one wrong idea that only shows on a careless day, and what the sessions must see of it. */
export interface WrongDay {
  readonly name: string;
  /** The wrong idea, in a sentence. */
  readonly idea: string;
  readonly edits: readonly Edit[];
  readonly caughtAs: readonly FaultKind[];
  /** Sessions among which one must show it. */
  readonly within: number;
}

const place = 'config/place.js';
const account = 'core/account.js';

/** An account that is taken for another one is asked about, and contacts nobody: a wrong idea of accounts shows without that. */
const unasked: Edit = { file: account, from: 'mine.contacts > 0 || mine.separate !== null', to: 'true' };

export const wrongDays: readonly WrongDay[] = [
  {
    name: 'trusts-the-ledger-at-hand',
    idea: 'the ledger that is there is the ledger',
    edits: [
      { file: 'core/witness.js', from: 'if (missing.contacts + missing.optOuts === 0)', to: 'if (true)' },
    ],
    caughtAs: ['twice'],
    within: 60,
  },
  {
    name: 'account-of-the-profile',
    idea: 'a profile is an account',
    edits: [
      { file: place, from: 'name: settings.account,', to: 'name: settings.account ?? profile.name,' },
      unasked,
    ],
    caughtAs: ['twice'],
    within: 60,
  },
  {
    name: 'labels-as-typed',
    idea: 'Spring and spring are two accounts, or somebody would have written them alike',
    edits: [
      { file: account, from: 'facts.name === null ? null : folded(facts.name)', to: 'facts.name' },
      unasked,
    ],
    caughtAs: ['twice'],
    within: 120,
  },
  {
    name: 'hosts-as-typed',
    idea: 'localhost is another host than 127.0.0.1',
    edits: [
      { file: account, from: 'if (/^(localhost|', to: 'if (/^(nowhere|' },
      { file: account, from: '127(\\.\\d{1,3}){3}|\\[::1\\]', to: 'nobody' },
      unasked,
    ],
    caughtAs: ['twice'],
    within: 60,
  },
  {
    name: 'rings-second-numbers-unasked',
    idea: 'a person is known by one number, and the list is asked for that',
    edits: [
      { file: 'core/gate.js', from: 'dials && listed.has(key)', to: 'false' },
      { file: 'core/number.js', from: '[...own, ...dialled]', to: 'own' },
    ],
    caughtAs: ['opted out'],
    within: 60,
  },
  {
    name: 'lists-at-home',
    idea: 'the do-not-call list is the user’s own, so it is kept with the user',
    edits: [
      {
        file: place,
        from: 'const location = ledgerLocation(input, profile, config);\n        if (!first.has(location))',
        to: 'const location = ledgerLocation(input, null, null);\n        if (!first.has(location))',
      },
    ],
    caughtAs: ['opted out'],
    within: 120,
  },
  {
    name: 'country-of-the-profile',
    idea: 'the profile says which country the numbers are of',
    edits: [
      {
        file: 'core/map-row.js',
        from: 'const country = mapping.countries.length === 0 ? null : countryOf(mapping, row);',
        to: 'const country = null;',
      },
    ],
    caughtAs: ['stranger', 'opted out'],
    within: 60,
  },
  {
    name: 'takes-the-next-word',
    idea: 'the word after an option is its value',
    edits: [
      { file: 'commands/command-line.js', from: 'throw eaten(spec, name, follows, options);', to: ';' },
    ],
    caughtAs: ['dry run'],
    within: 120,
  },
  {
    name: 'gives-a-number-twice',
    idea: 'a second number is no contact',
    edits: [{ file: 'core/second-number.js', from: 'if (shared.size === 0)', to: 'if (true)' }],
    caughtAs: ['twice'],
    within: 60,
  },
  {
    name: 'never-asks-which-account',
    idea: 'an account with another name is another account',
    edits: [{ file: account, from: 'mine.contacts > 0 || mine.separate !== null', to: 'true' }],
    caughtAs: ['twice'],
    within: 120,
  },
  {
    name: 'believes-a-clock-that-is-wrong',
    idea: 'it is as late as the machine says',
    edits: [{ file: 'core/gate.js', from: 'ledger.newest - ledger.now <= behindMs', to: 'true' }],
    caughtAs: ['clock'],
    within: 120,
  },
  {
    name: 'keeps-opt-outs-where-they-were-given',
    idea: 'a list that was kept is kept',
    edits: [
      {
        file: 'commands/dnc-add.js',
        from: 'awaited.filter(({ ledger }) => ledger === null || !have.has(ledger))',
        to: 'awaited.filter(() => have === null)',
      },
    ],
    caughtAs: ['opted out'],
    within: 240,
  },
];
