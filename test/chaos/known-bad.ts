import type { PlotName } from './sim/plot.js';
import type { Client } from './sim/seed.js';
import { addDoesNotWait } from './wrong/add-does-not-wait.js';
import { known } from './wrong/answers.js';
import { wrongBuilds } from './wrong/builds.js';
import { claimsTheListed } from './wrong/claims-the-listed.js';
import { doubtsRunOut } from './wrong/doubts-run-out.js';
import { forgetsTheAbandoned } from './wrong/forgets-the-abandoned.js';
import { forgetsTheDead } from './wrong/forgets-the-dead.js';
import { forgetsTheEpoch } from './wrong/forgets-the-epoch.js';
import { givesBackWhatLeft } from './wrong/gives-back-what-left.js';
import { hurries } from './wrong/hurries.js';
import { looksThenPlans } from './wrong/looks-then-plans.js';
import { neverTooOld } from './wrong/never-too-old.js';
import { oneFileAtATime } from './wrong/one-file-at-a-time.js';
import { requeuesTheDead } from './wrong/requeues-the-dead.js';
import { wrongReaders } from './wrong/readers.js';
import { takesOverTheLiving } from './wrong/takes-over-the-living.js';

/** A client with one wrong idea in it, and what shows that it is wrong. */
export interface KnownBad {
  readonly id: string;
  /** The wrong idea, in the words of one who has it. */
  readonly idea: string;
  /** Below test/. */
  readonly file: string;
  readonly caught: Catching;
}

/** By seeds of a plot, told from `from` on: one of them must end with one of these failures. */
export interface BySimulation {
  readonly by: 'simulation';
  readonly plot: PlotName;
  readonly from: number;
  readonly client: Client;
  readonly as: readonly string[];
}

/** By a test of the default suite, named by a piece of its title. */
export interface ByTest {
  readonly by: 'test';
  readonly file: string;
  readonly title: string;
}

/** By a part of the chaos suite, which counts it there. */
export interface ByPart {
  readonly by: 'part';
  readonly part: 'answers' | 'malformed' | 'wrong-builds';
}

export type Catching = BySimulation | ByTest | ByPart;

const twice = [
  'one row was contacted twice',
  'somebody was contacted twice without a recontact that allows it',
];
const afterAdd = [
  'a request left for a number after dnc add had returned',
  'a number was contacted after dnc add had returned',
];

const simulated = (
  id: string,
  idea: string,
  client: Client,
  [plot, from]: readonly [PlotName, number],
  as: readonly string[],
): KnownBad => ({
  id,
  idea,
  file: `chaos/wrong/${id}.ts`,
  caught: { by: 'simulation', plot, from, client, as },
});

const tested = (id: string, idea: string, file: string, test: string, title: string): KnownBad => ({
  id,
  idea,
  file,
  caught: { by: 'test', file: test, title },
});

const bySimulation: readonly KnownBad[] = [
  simulated(
    'requeues-the-dead',
    'what a dead program was sending was not sent',
    requeuesTheDead,
    ['pushAndPush', 20],
    twice,
  ),
  simulated(
    'forgets-the-dead',
    'a program that died has nothing left to settle',
    forgetsTheDead,
    ['pushAndPush', 20],
    ['a row is still sending when all is quiet'],
  ),
  simulated(
    'takes-over-the-living',
    'who resumes a run is alone with it',
    takesOverTheLiving,
    ['anything', 5],
    ['a row of an undisturbed worker was called interrupted'],
  ),
  simulated(
    'forgets-the-epoch',
    'a lock is a name, and I had it',
    forgetsTheEpoch,
    ['sleepers', 65],
    ['rows were claimed by one who does not hold the lock'],
  ),
  simulated(
    'never-too-old',
    'what I claimed I may send, whenever that is',
    neverTooOld,
    ['sleepers', 15],
    [...twice, ...afterAdd],
  ),
  simulated(
    'claims-the-listed',
    'the do-not-call list was looked at when the file was planned',
    claimsTheListed,
    ['addAndPush', 90],
    afterAdd,
  ),
  simulated(
    'add-does-not-wait',
    'once a number is on the list nobody calls it',
    addDoesNotWait,
    ['addAndPush', 5],
    afterAdd,
  ),
  simulated(
    'doubts-run-out',
    'what was not heard of for half a minute did not arrive',
    doubtsRunOut,
    ['afterwards', 70],
    twice,
  ),
  simulated(
    'one-file-at-a-time',
    'a duplicate is a number that is twice in a file',
    oneFileAtATime,
    ['pushAndPush', 1],
    twice,
  ),
  simulated(
    'looks-then-plans',
    'nobody plans between my look and my note',
    looksThenPlans,
    ['pushAndPush', 20],
    twice,
  ),
  simulated(
    'forgets-the-abandoned',
    'a row that was given up was never sent',
    forgetsTheAbandoned,
    ['afterwards', 70],
    twice,
  ),
  simulated(
    'gives-back-what-left',
    'a connection that broke was never made',
    givesBackWhatLeft,
    ['pushAndPush', 50],
    twice,
  ),
  simulated(
    'hurries',
    'slow down means try again',
    hurries,
    ['pushAndPush', 20],
    ["a request left before the vendor's Retry-After was over"],
  ),
];

const engine = 'test/pipeline/send.test.ts';
const readBack = 'test/pipeline/reconcile.test.ts';
const stored = 'test/ledger/wrong.test.ts';
const postgres = 'test/ledger/postgres.test.ts';
const wire = 'test/http/faults.test.ts';

const byTest: readonly KnownBad[] = [
  tested(
    'ledger-after-send',
    'what was sent is written down when it was sent',
    'pipeline/wrong/ledger-after-send.ts',
    engine,
    'one that writes down after it sent',
  ),
  tested(
    'post-again',
    'a lost answer is a lost request',
    'pipeline/wrong/post-again.ts',
    engine,
    'one that posts again',
  ),
  tested(
    'doubt-is-failure',
    'what was not confirmed has failed',
    'pipeline/wrong/doubt-is-failure.ts',
    engine,
    'one that takes doubt for failure',
  ),
  tested(
    'reconcile-one-read',
    'what the vendor does not show is not there',
    'pipeline/wrong/reconcile-one-read.ts',
    readBack,
    'one that takes one absence for proof',
  ),
  tested(
    'reconcile-at-once',
    'what has arrived can be read at once',
    'pipeline/wrong/reconcile-at-once.ts',
    readBack,
    'one that ignores the settle time',
  ),
  tested(
    'reconcile-by-position',
    'the vendor shows rows in the order they were sent',
    'pipeline/wrong/reconcile-by-position.ts',
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
    'answers-first',
    'a webhook is answered at once and stored soon',
    'server/wrong/answers-first.mjs',
    'test/e2e/listen.test.ts',
    'catches a receiver that answers before it stores',
  ),
];

const byPart: readonly KnownBad[] = [
  ...known.map(({ id, idea }): KnownBad => ({
    id: `answers: ${id}`,
    idea,
    file: 'chaos/wrong/answers.ts',
    caught: { by: 'part', part: 'answers' },
  })),
  ...wrongReaders.map(({ id, idea }): KnownBad => ({
    id: `reader: ${id}`,
    idea,
    file: 'chaos/wrong/readers.ts',
    caught: { by: 'part', part: 'malformed' },
  })),
  ...wrongBuilds.map(({ name, idea }): KnownBad => ({
    id: `build: ${name}`,
    idea,
    file: 'chaos/wrong/builds.ts',
    caught: { by: 'part', part: 'wrong-builds' },
  })),
];

/** All of them. A new one is added here, or the test of this list fails. */
export const knownBad: readonly KnownBad[] = [...bySimulation, ...byTest, ...byPart];
