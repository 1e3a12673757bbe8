import { wrongAccounts } from '../contract/wrong/account-builds.js';
import { wrongGates } from '../contract/wrong/builds.js';
import { wrongExacts } from '../contract/wrong/exact-builds.js';
import { wrongWitnesses } from '../contract/wrong/witness-builds.js';
import { wrongDays } from './operator/wrong-builds.js';
import { bySimulation } from './sim/known-bad.js';
import { knownTellers } from './secrets/known.js';
import type { KnownBad } from './support/known-bad.js';
import { known } from './wrong/answers.js';
import { wrongBuilds } from './wrong/builds.js';
import { wrongRules } from './wrong/phones.js';
import { wrongReaders } from './wrong/readers.js';

const tested = (id: string, idea: string, file: string, test: string, title: string): KnownBad => ({
  id,
  idea,
  file,
  caught: { by: 'test', file: test, title },
});

const engine = 'test/engine/send.test.ts';
const readBack = 'test/engine/reconcile.test.ts';
const stored = 'test/ledger/wrong.test.ts';
const postgres = 'test/ledger/postgres.test.ts';
const wire = 'test/http/faults.test.ts';

const byTest: readonly KnownBad[] = [
  tested(
    'ledger-after-send',
    'what was sent is written down when it was sent',
    'engine/wrong/ledger-after-send.ts',
    engine,
    'one that writes down after it sent',
  ),
  tested(
    'post-again',
    'a lost answer is a lost request',
    'engine/wrong/post-again.ts',
    engine,
    'one that posts again',
  ),
  tested(
    'doubt-is-failure',
    'what was not confirmed has failed',
    'engine/wrong/doubt-is-failure.ts',
    engine,
    'one that takes doubt for failure',
  ),
  tested(
    'reconcile-one-read',
    'what the vendor does not show is not there',
    'engine/wrong/reconcile-one-read.ts',
    readBack,
    'one that takes one absence for proof',
  ),
  tested(
    'reconcile-at-once',
    'what has arrived can be read at once',
    'engine/wrong/reconcile-at-once.ts',
    readBack,
    'one that ignores the settle time',
  ),
  tested(
    'reconcile-by-position',
    'the vendor shows rows in the order they were sent',
    'engine/wrong/reconcile-by-position.ts',
    readBack,
    'one that matches by position',
  ),
  tested(
    'settles-for-anybody',
    'whoever has an answer may note it',
    'ledger/wrong/settles-for-anybody.ts',
    stored,
    'settles without repeating the owner',
  ),
  tested(
    'plans-anybody',
    'the program looks for duplicates, the database need not',
    'ledger/wrong/plans-anybody.ts',
    stored,
    'has no unique index',
  ),
  tested(
    'gates-by-key',
    'the number a row is about is the number that is called',
    'ledger/wrong/gates-by-key.ts',
    stored,
    'asks the list for the key of a row only',
  ),
  tested(
    'asks-too-early',
    'the list that was read for the plan is the list',
    'ledger/wrong/asks-too-early.ts',
    stored,
    'asks the list before the transaction that claims',
  ),
  tested(
    'claims-unlocked',
    'two machines rarely read the same row at once',
    'ledger/wrong/claims-unlocked.ts',
    postgres,
    'it claims without locking the rows',
  ),
  tested(
    'ungated',
    'a transaction sees what was committed before it ends',
    'ledger/wrong/ungated.ts',
    postgres,
    'it blocks without the gates',
  ),
  tested(
    'unheld',
    'a lock that was mine a moment ago is mine',
    'ledger/wrong/ungated.ts',
    postgres,
    'it takes locks over without keeping them still',
  ),
  tested(
    'by-error-code',
    'ECONNRESET means that nothing was sent',
    'http/wrong/by-error-code.ts',
    wire,
    'the checks bite',
  ),
  tested(
    'got-untamed',
    'an HTTP client retries and follows as it sees fit',
    'http/wrong/got-untamed.ts',
    wire,
    'following redirects is caught',
  ),
  tested(
    'phone-default-country',
    'a number without a country is of ours, and 4.91788E+11 is one',
    'core/wrong/phone-default-country.ts',
    'test/core/phone.test.ts',
    'is caught by each of the checks',
  ),
  tested(
    'native-json',
    'JSON.parse and JSON.stringify leave data as it is',
    'core/wrong/native-json.ts',
    'test/core/json.test.ts',
    'is changed by the reader of the language',
  ),
  tested(
    'numbers-only',
    'data is exact when its numbers are: an object has no order',
    'core/wrong/numbers-only.ts',
    'test/core/json.test.ts',
    'by one that keeps numbers only',
  ),
  tested(
    'first-column-list',
    'a list of numbers is a table with one phone column, and it is good or it is refused',
    'engine/wrong/first-column-list.ts',
    'test/engine/number-list.test.ts',
    'catches the reader that believes in one phone column of a faultless table',
  ),
  tested(
    'three-rules',
    'each command knows best which ledger it means and which country a number is of',
    'config/wrong/three-rules.ts',
    'test/config/place.test.ts',
    'fail where ledger, run and numbers follow three rules',
  ),
  tested(
    'guards-pushes-only',
    'only a command that sends can do harm with an eaten value',
    'commands/wrong/guards-pushes-only.ts',
    'test/e2e/eaten.test.ts',
    'catches one that guards pushes only',
  ),
  tested(
    'takes-what-was-parsed',
    'what the parser made of a command line is what was typed',
    'commands/wrong/takes-what-was-parsed.ts',
    'test/e2e/eaten.test.ts',
    'catches one that looks at what was parsed',
  ),
  tested(
    'answers-first',
    'a webhook is answered at once and stored soon',
    'server/wrong/answers-first.mjs',
    'test/e2e/listen.test.ts',
    'catches a receiver that answers before it stores',
  ),
  tested(
    'truncates-in-place',
    'a small file is written in no time',
    'files/wrong/truncates-in-place.mjs',
    'test/files/files.test.ts',
    'catches a writer that',
  ),
  tested(
    'renames-unsynced',
    'a rename is atomic, so nothing needs to be synced before it',
    'files/wrong/renames-unsynced.mjs',
    'test/files/files.test.ts',
    'catches a writer that',
  ),
  tested(
    'forgets-the-folder',
    'a file that is synced has its name on disk too',
    'files/wrong/forgets-the-folder.mjs',
    'test/files/files.test.ts',
    'catches a writer that',
  ),
];

const byGate: readonly KnownBad[] = wrongGates.map(({ name, idea }) =>
  tested(
    name,
    idea,
    'contract/wrong/builds.ts',
    'test/contract/gate-wrong.test.ts',
    'catches a build that believes in',
  ),
);

const byWitness: readonly KnownBad[] = wrongWitnesses.map(({ name, idea }) =>
  tested(
    name,
    idea,
    'contract/wrong/witness-builds.ts',
    'test/contract/witness-wrong.test.ts',
    'catch a build that',
  ),
);

const byOperator: readonly KnownBad[] = wrongDays.map(({ name, idea }) =>
  tested(
    name,
    idea,
    'chaos/operator/wrong-builds.ts',
    'test/chaos/operator-wrong.test.ts',
    'finds a build that',
  ),
);

const byExactness: readonly KnownBad[] = wrongExacts.map(({ name, idea }) =>
  tested(
    name,
    idea,
    'contract/wrong/exact-builds.ts',
    'test/contract/exact-wrong.test.ts',
    'catch a build that',
  ),
);

const byAccount: readonly KnownBad[] = wrongAccounts.map(({ name, idea }) =>
  tested(
    name,
    idea,
    'contract/wrong/account-builds.ts',
    'test/contract/account-wrong.test.ts',
    'find out a build that',
  ),
);

interface Idea {
  readonly id: string;
  readonly idea: string;
}

const inPart = (part: string, file: string, ideas: readonly Idea[]): KnownBad[] =>
  ideas.map(({ id, idea }) => ({
    id: `${part}: ${id}`,
    idea,
    file: `chaos/wrong/${file}`,
    caught: { by: 'part', part },
  }));

const byPart: readonly KnownBad[] = [
  ...inPart('answers', 'answers.ts', known),
  ...inPart('malformed', 'readers.ts', wrongReaders),
  ...inPart('phones', 'phones.ts', wrongRules),
  ...inPart(
    'secrets',
    'tellers.ts',
    knownTellers.filter(({ id }) => id !== 'stores-whole'),
  ),
  ...inPart(
    'secrets',
    'stores-whole.mjs',
    knownTellers.filter(({ id }) => id === 'stores-whole'),
  ),
  ...inPart('webhooks', 'receives-by-lead.mjs', [
    { id: 'receives-by-lead', idea: 'a lead that was delivered before is a duplicate' },
  ]),
  ...inPart(
    'wrong-builds',
    'builds.ts',
    wrongBuilds.map(({ name, idea }) => ({ id: name, idea })),
  ),
];

/** All of them. A new one is added here, or the test of this list fails. */
export const knownBad: readonly KnownBad[] = [
  ...bySimulation,
  ...byTest,
  ...byGate,
  ...byWitness,
  ...byOperator,
  ...byExactness,
  ...byAccount,
  ...byPart,
];
