import type { KnownBad } from '../support/known-bad.js';
import { addDoesNotWait } from '../wrong/add-does-not-wait.js';
import { asksForOneNumber } from '../wrong/asks-for-one-number.js';
import { claimsTheListed } from '../wrong/claims-the-listed.js';
import { doubtsRunOut } from '../wrong/doubts-run-out.js';
import { forgetsTheAbandoned } from '../wrong/forgets-the-abandoned.js';
import { forgetsTheDead } from '../wrong/forgets-the-dead.js';
import { forgetsTheEpoch } from '../wrong/forgets-the-epoch.js';
import { givesBackWhatLeft } from '../wrong/gives-back-what-left.js';
import { hurries } from '../wrong/hurries.js';
import { looksThenPlans } from '../wrong/looks-then-plans.js';
import { neverTooOld } from '../wrong/never-too-old.js';
import { oneFileAtATime } from '../wrong/one-file-at-a-time.js';
import { requeuesTheDead } from '../wrong/requeues-the-dead.js';
import { takesOverTheLiving } from '../wrong/takes-over-the-living.js';
import { waitsForOneNumber } from '../wrong/waits-for-one-number.js';
import type { PlotName } from './plot.js';
import type { Client } from './seed.js';

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

/** Wrong clients that seeds of the simulation catch. `from`: a little before the first that does. */
export const bySimulation: readonly KnownBad[] = [
  simulated(
    'requeues-the-dead',
    'what a dead program was sending was not sent',
    requeuesTheDead,
    ['pushAndPush', 90],
    twice,
  ),
  simulated(
    'forgets-the-dead',
    'a program that died has nothing left to settle',
    forgetsTheDead,
    ['pushAndPush', 15],
    ['a row is still sending when all is quiet'],
  ),
  simulated(
    'takes-over-the-living',
    'who resumes a run is alone with it',
    takesOverTheLiving,
    ['anything', 8],
    ['a row of an undisturbed worker was called interrupted'],
  ),
  simulated(
    'forgets-the-epoch',
    'a lock is a name, and I had it',
    forgetsTheEpoch,
    ['sleepers', 10],
    ['rows were claimed by one who does not hold the lock'],
  ),
  simulated(
    'never-too-old',
    'what I claimed I may send, whenever that is',
    neverTooOld,
    ['sleepers', 1],
    [...twice, ...afterAdd],
  ),
  simulated(
    'claims-the-listed',
    'the do-not-call list was looked at when the file was planned',
    claimsTheListed,
    ['addAndPush', 1],
    [...afterAdd, 'a row was claimed whose number is on the do-not-call list'],
  ),
  simulated(
    'add-does-not-wait',
    'once a number is on the list nobody calls it',
    addDoesNotWait,
    ['addAndPush', 1],
    afterAdd,
  ),
  simulated(
    'asks-for-one-number',
    'a lead is called on the number it is known by',
    asksForOneNumber,
    ['addAndPush', 1],
    afterAdd,
  ),
  simulated(
    'waits-for-one-number',
    'dnc add need only wait for leads known by the number',
    waitsForOneNumber,
    ['addAndPush', 40],
    afterAdd,
  ),
  simulated(
    'doubts-run-out',
    'what was not heard of for half a minute did not arrive',
    doubtsRunOut,
    ['afterwards', 25],
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
    ['pushAndPush', 50],
    twice,
  ),
  simulated(
    'forgets-the-abandoned',
    'a row that was given up was never sent',
    forgetsTheAbandoned,
    ['afterwards', 30],
    twice,
  ),
  simulated(
    'gives-back-what-left',
    'a connection that broke was never made',
    givesBackWhatLeft,
    ['pushAndPush', 1],
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
