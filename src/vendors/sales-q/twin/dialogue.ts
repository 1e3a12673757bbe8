import type { Json } from '../../../core/json.js';
import { answerTo, refusal } from './answers.js';
import { speak } from './interpreter.js';
import type { Turn } from './interpreter.js';
import type { Respondent } from './respondents.js';
import { firstState } from './script.js';
import type { Script, Value } from './script.js';

/**
 * The vendor's words for where a lead is (docs/vendors/sales-q.md#status; `Callback` only in the export, shown by both
 * calls here).
 */
export type Status =
  'Not contacted' | 'Not on WhatsApp' | 'Open' | 'Engaged' | 'Dead' | 'Done' | 'Callback' | 'Archive';

/** A moment of a chat: a message, and what it changes. */
export interface Moment {
  /** Virtual milliseconds. */
  readonly at: number;
  readonly message?: {
    readonly body: string;
    readonly type: 'chat' | 'image';
    readonly direction: 'incoming' | 'outgoing';
  };
  readonly status?: Status;
  readonly state?: string;
  readonly comment?: string;
  readonly answer?: readonly [variable: string, value: Value];
}

const second = 1000;
const minute = 60 * second;
const day = 24 * 60 * minute;

/** A person who goes round in circles through a script gives up after so many answers. */
const mostAnswers = 40;

/**
 * A whole chat from import to its last message, as it would go if nobody stopped it. What is visible at a time is
 * what lies before it, so nothing needs to be simulated step by step, and a restart changes nothing.
 *
 * `parameters` are the lead's own; `start` is the time of the import in virtual milliseconds.
 */
export function playChat(
  script: Script,
  parameters: ReadonlyMap<string, Json>,
  person: Respondent,
  start: number,
): readonly Moment[] {
  const imported: Moment = { at: start, status: 'Not contacted', state: firstState };
  if (person.habit === 'no-whatsapp')
    return [imported, { at: start + 5 * second, status: 'Not on WhatsApp' }];
  const opening = start + (person.habit === 'queued' ? day : person.random.between(1, 5) * second);
  return [imported, ...behave(willing(script, parameters, person, opening), person)];
}

/** The chat with a person who answers every question. */
function willing(
  script: Script,
  parameters: ReadonlyMap<string, Json>,
  { random }: Respondent,
  opening: number,
): Moment[] {
  const variables = new Map(parameters);
  const moments: Moment[] = [];
  let at = opening;
  const say = (turn: Turn): void => {
    for (const { state, text } of turn.sent) {
      const first = moments.length === 0 ? ({ status: 'Open' } as const) : {};
      moments.push({ at, state, message: { body: text, type: 'chat', direction: 'outgoing' }, ...first });
      at += random.between(1, 3) * second;
    }
  };
  let turn = speak(script, firstState, variables);
  say(turn);
  for (let count = 0; turn.waitsFor !== null && count < mostAnswers; count += 1) {
    const answer = answerTo(turn.waitsFor, random);
    if (answer === null) return moments;
    at += Math.round(minute * 90 ** random.next());
    moments.push({ ...incoming(at, answer.text), answer: [answer.step.into, answer.step.value] });
    variables.set(answer.step.into, answer.step.value);
    at += random.between(1, 3) * second;
    turn =
      answer.step.next === null ? { sent: [], waitsFor: null } : speak(script, answer.step.next, variables);
    say(turn);
  }
  return turn.waitsFor === null ? [...moments, { at, status: 'Done' }] : moments;
}

const incoming = (at: number, body: string, type: 'chat' | 'image' = 'chat'): Moment => ({
  at,
  status: 'Engaged',
  message: { body, type, direction: 'incoming' },
});

/** Cuts the willing chat short, or adds to it, as the person's habit has it. A script that asks nothing just ends. */
function behave(full: readonly Moment[], person: Respondent): readonly Moment[] {
  const { random } = person;
  const asked = full.filter(isIncoming).length;
  if (asked === 0) return full;
  switch (person.habit) {
    case 'silent':
      return untilAnswer(full, 0);
    case 'stops-midway':
      return asked > 1
        ? untilAnswer(full, random.between(1, asked - 1))
        : withPicture(untilAnswer(full, 0), random.next());
    case 'refuses':
      return refused(untilAnswer(full, random.between(0, Math.min(1, asked - 1))), person);
    case 'wants-a-call':
      return calledFor(untilAnswer(full, random.between(0, asked)), person);
    case 'writes-later':
      return [...full, ...afterwards(full, person)];
    case 'sends-a-picture':
      return [
        ...withPicture(full, random.next()),
        { at: lastOf(full), comment: 'Bild vom Zählerschrank liegt bei' },
      ];
    case 'finishes':
      return random.next() < 0.15
        ? [...full, { at: lastOf(full), comment: 'Bitte erst nach 17 Uhr anrufen' }]
        : full;
    case 'queued':
    case 'no-whatsapp':
      return full;
  }
}

const isIncoming = (moment: Moment): boolean => moment.message?.direction === 'incoming';
const lastOf = (moments: readonly Moment[]): number => moments.at(-1)?.at ?? 0;

/** Everything before the answer with this number, counted from 0; all of it where there are fewer. */
function untilAnswer(full: readonly Moment[], number: number): readonly Moment[] {
  const cut = full.filter(isIncoming)[number];
  return cut ? full.slice(0, full.indexOf(cut)) : full;
}

function refused(moments: readonly Moment[], { random }: Respondent): readonly Moment[] {
  const at = lastOf(moments) + random.between(2, 40) * minute;
  const comment = random.next() < 0.3 ? { comment: 'Möchte nicht mehr angeschrieben werden' } : {};
  return [...moments, incoming(at, refusal(random)), { at: at + minute, status: 'Dead', ...comment }];
}

function calledFor(moments: readonly Moment[], { random }: Respondent): readonly Moment[] {
  const at = lastOf(moments) + random.between(2, 40) * minute;
  const date = new Date(at + random.between(1, 6) * day);
  const text = `${date.getUTCDate()}.${date.getUTCMonth() + 1}.${date.getUTCFullYear()} um ${random.between(9, 18)} Uhr`;
  const wish = incoming(at, `Rufen Sie mich bitte am ${text} an`);
  return [...moments, wish, { at: at + minute, status: 'Callback', comment: `Rückruf am ${text}` }];
}

function afterwards(full: readonly Moment[], { random }: Respondent): readonly Moment[] {
  const at = lastOf(full) + random.between(20, 30) * 60 * minute;
  const late = incoming(at, 'Noch etwas: Ich bin umgezogen, bitte die neue Adresse erfragen.');
  return [{ ...late, status: 'Archive', comment: 'Neue Adresse erfragen' }];
}

/** Puts a picture before the first answer, or at the end of a chat cut before it. `share` is its place in the gap. */
function withPicture(moments: readonly Moment[], share: number): readonly Moment[] {
  const place = moments.findIndex(isIncoming);
  const index = place < 0 ? moments.length : place;
  const before = moments[index - 1]?.at ?? 0;
  const gap = (moments[index]?.at ?? before + 20 * minute) - before;
  const picture = incoming(before + Math.round(gap * (0.1 + 0.8 * share)), 'IMG-0001.jpg', 'image');
  return [...moments.slice(0, index), picture, ...moments.slice(index)];
}
