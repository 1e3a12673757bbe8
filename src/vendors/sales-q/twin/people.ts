import { type Json, writeJson } from '../../../core/json.js';
import { drawByShare, type Random, seeded } from '../../../core/twin.js';
import { type Element, type Option, type Script, type Value, firstState } from './script.js';

/** What a person does in a chat. */
type Habit =
  | 'no-whatsapp'
  | 'silent'
  | 'queued'
  | 'stops-midway'
  | 'refuses'
  | 'finishes'
  | 'wants-a-call'
  | 'writes-later'
  | 'sends-a-picture';

/** Numbers that end like this always behave like this, whatever the seed. */
export const endings: Readonly<Record<string, { readonly habit: Habit; readonly about: string }>> = {
  '000': { habit: 'no-whatsapp', about: 'has no WhatsApp account: Not on WhatsApp' },
  '111': { habit: 'silent', about: 'never answers: stays Open' },
  '222': { habit: 'queued', about: 'waits a day for the first message: Not contacted, then as 555' },
  '333': { habit: 'stops-midway', about: 'stops in the middle: stays Engaged' },
  '444': { habit: 'refuses', about: 'has no interest: Dead' },
  '555': { habit: 'finishes', about: 'answers everything: Done' },
  '666': { habit: 'wants-a-call', about: 'wants to be called, date in Comment: Callback' },
  '777': { habit: 'writes-later', about: 'finishes and writes again a day later: Done, then Archive' },
  '888': {
    habit: 'sends-a-picture',
    about: 'sends a picture (type image), then finishes: Done, with a Comment',
  },
};

/** Out of a hundred people with other endings; the rest finish. */
const habitShares: readonly (readonly [Habit, number])[] = [
  ['no-whatsapp', 8],
  ['silent', 15],
  ['stops-midway', 10],
  ['refuses', 9],
  ['wants-a-call', 4],
  ['writes-later', 4],
  ['sends-a-picture', 5],
  ['queued', 3],
];

interface Respondent {
  readonly habit: Habit;
  /** Decides words and delays; starts anew for every chat, so that a person is the same person each time. */
  readonly random: Random;
}

/** The person behind a number: the same for the same seed and digits. */
export function findRespondent(seed: number, digits: string): Respondent {
  const random = seeded('sales-q', seed, digits);
  const drawn = drawByShare(habitShares, 'finishes', random);
  return { habit: endings[digits.slice(-3)]?.habit ?? drawn, random };
}

export type Question = Exclude<Element, { kind: 'message' }>;

/** Messages sent one after the other, and the question the chat then waits at. */
interface Turn {
  readonly sent: readonly { readonly state: string; readonly text: string }[];
  /** Null at the end of the script. */
  readonly waitsFor: Question | null;
}

/** The effect of an answer: fills the variable `into`, then goes on to `next`; null ends the chat. */
interface Step {
  readonly into: string;
  readonly value: Value;
  readonly next: string | null;
}

/**
 * Sends the element `state` and every simple message after it, down to a question or the end. An element that points
 * to itself is the end: read literally it would repeat for ever, and the document's sample closes this way.
 */
export function speak(script: Script, state: string, variables: ReadonlyMap<string, Json>): Turn {
  const sent: { state: string; text: string }[] = [];
  let element = script.get(state);
  while (element !== undefined) {
    sent.push({ state: element.state, text: fill(element.content, variables) });
    if (element.kind !== 'message') return { sent, waitsFor: element };
    element = element.next === element.state ? undefined : script.get(element.next);
  }
  return { sent, waitsFor: null };
}

/**
 * The effect of an answer; null where a multiple choice does not recognise it. A question that points to itself ends
 * the chat.
 */
export function listen(question: Question, text: string): Step | null {
  if (question.kind === 'free-text') {
    const next = question.next === question.state ? null : question.next;
    return { into: question.into, value: text, next };
  }
  const option = recognise(question.options, text);
  return option && { into: question.into, value: option.value, next: option.next };
}

/** `{Name}` becomes the parameter or variable of that name; an unknown name stays as it is, so that it is noticed. */
export function fill(content: string, variables: ReadonlyMap<string, Json>): string {
  return content.replace(/\{([^{}]+)\}/g, (whole, name: string) => {
    const value = variables.get(name) ?? variables.get(name.trim());
    if (value === undefined || value === null) return whole;
    return typeof value === 'string' ? value : writeJson(value);
  });
}

const synonyms: readonly (readonly string[])[] = [
  ['ja', 'jo', 'jap', 'klar', 'gerne', 'gern', 'ok', 'okay', 'yes', 'sicher'],
  ['nein', 'nö', 'nee', 'ne', 'no', 'nicht'],
];

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];

/** "Our systems automatically recognize variations and synonyms": case, punctuation, `value`, yes and no words. */
function recognise(options: readonly Option[], text: string): Option | null {
  const said = wordsOf(text);
  const exact = options.find((option) => wordsOf(option.answer).join(' ') === said.join(' '));
  if (exact) return exact;
  const close = options.filter((option) => termsOf(option).some((term) => includesTerm(said, term)));
  return close.length === 1 ? (close[0] ?? null) : null;
}

function termsOf(option: Option): string[][] {
  const answer = wordsOf(option.answer);
  const terms = [answer, typeof option.value === 'string' ? wordsOf(option.value) : []];
  const same = answer.length === 1 ? synonyms.find((list) => list.includes(answer[0] ?? '')) : undefined;
  return [...terms, ...(same ?? []).map((word) => [word])].filter((term) => term.length > 0);
}

const includesTerm = (said: readonly string[], term: readonly string[]): boolean =>
  said.some((_, start) => term.every((word, offset) => said[start + offset] === word));

interface Answer {
  readonly text: string;
  readonly step: Step;
}

/** A willing person's answer, in one of the spellings people use; null where none is recognised. */
function inventAnswer(question: Question, random: Random): Answer | null {
  if (question.kind === 'free-text') return answerWith(question, inventText(question.into, random));
  // People in a campaign like the first option best.
  const option = random.next() < 0.4 ? question.options[0] : random.pick(question.options);
  const value = typeof option.value === 'string' ? option.value : option.answer;
  const text = random.pick([
    option.answer,
    option.answer,
    option.answer.toLowerCase(),
    `${option.answer})`,
    `${option.answer} bitte`,
    `Ich nehme ${option.answer}.`,
    value,
  ]);
  const heard = listen(question, text);
  return heard?.next === option.next && heard.value === option.value
    ? { text, step: heard }
    : answerWith(question, option.answer);
}

function answerWith(question: Question, text: string): Answer | null {
  const step = listen(question, text);
  return step && { text, step };
}

const textsByTopic: readonly (readonly [RegExp, readonly [string, ...string[]]])[] = [
  [/uhr|zeit|wann/i, ['16 Uhr', 'gegen 18:30', 'ab 17 Uhr', 'vormittags zwischen 9 und 11']],
  [/tag|datum|monat|vorlage/i, ['Donnerstag', 'im März', 'nächste Woche', 'am 15.']],
  [/strom|verbrauch/i, ['4500 kWh', 'ca. 3.200', 'weiß ich nicht genau', '6000']],
  [/mail/i, ['p.muster@example.org', 'familie.beispiel@example.com']],
  [/plz|postleit/i, ['10115', '80331', '50667']],
  [/ort|stadt/i, ['Köln', 'München', 'Görlitz']],
  [/alter|jahr|anzahl/i, ['43', '29', '61']],
];

const textsOfAnyTopic = [
  'Da bin ich mir noch nicht sicher',
  'Das passt so 👍',
  'Am besten telefonisch klären',
  'Ja, sehr gern',
] as const;

function inventText(variable: string, random: Random): string {
  const topic = textsByTopic.find(([pattern]) => pattern.test(variable));
  return random.pick(topic ? topic[1] : textsOfAnyTopic);
}

const refusals = [
  'Kein Interesse.',
  'Kein Interesse, bitte nicht mehr schreiben',
  'Nein danke, bitte löschen Sie meine Nummer.',
] as const;

/** The words of a person who wants no more messages. */
const pickRefusal = (random: Random): string => random.pick(refusals);

/**
 * The vendor's statuses of a lead (docs/vendors/sales-q.md#status; `Callback` only in the export, shown by both calls
 * here).
 */
export type Status =
  'Not contacted' | 'Not on WhatsApp' | 'Open' | 'Engaged' | 'Dead' | 'Done' | 'Callback' | 'Archive';

/** A moment of a chat: a message, and what it changes. */
export interface ChatMoment {
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
): readonly ChatMoment[] {
  const imported: ChatMoment = { at: start, status: 'Not contacted', state: firstState };
  if (person.habit === 'no-whatsapp')
    return [imported, { at: start + 5 * second, status: 'Not on WhatsApp' }];
  const opening = start + (person.habit === 'queued' ? day : person.random.between(1, 5) * second);
  return [imported, ...applyHabit(playWholeChat(script, parameters, person, opening), person)];
}

/** The chat with a person who answers every question. */
function playWholeChat(
  script: Script,
  parameters: ReadonlyMap<string, Json>,
  { random }: Respondent,
  opening: number,
): ChatMoment[] {
  const variables = new Map(parameters);
  const moments: ChatMoment[] = [];
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
    const answer = inventAnswer(turn.waitsFor, random);
    if (answer === null) return moments;
    at += Math.round(minute * 90 ** random.next());
    moments.push({ ...incomingMessage(at, answer.text), answer: [answer.step.into, answer.step.value] });
    variables.set(answer.step.into, answer.step.value);
    at += random.between(1, 3) * second;
    turn =
      answer.step.next === null ? { sent: [], waitsFor: null } : speak(script, answer.step.next, variables);
    say(turn);
  }
  return turn.waitsFor === null ? [...moments, { at, status: 'Done' }] : moments;
}

const incomingMessage = (at: number, body: string, type: 'chat' | 'image' = 'chat'): ChatMoment => ({
  at,
  status: 'Engaged',
  message: { body, type, direction: 'incoming' },
});

/** The chat as this person leads it: cut short or added to. A script that asks nothing stays whole. */
function applyHabit(full: readonly ChatMoment[], person: Respondent): readonly ChatMoment[] {
  const { random } = person;
  const asked = full.filter(isIncoming).length;
  if (asked === 0) return full;
  switch (person.habit) {
    case 'silent':
      return cutBeforeAnswer(full, 0);
    case 'stops-midway':
      return asked > 1
        ? cutBeforeAnswer(full, random.between(1, asked - 1))
        : withPicture(cutBeforeAnswer(full, 0), random.next());
    case 'refuses':
      return withRefusal(cutBeforeAnswer(full, random.between(0, Math.min(1, asked - 1))), person);
    case 'wants-a-call':
      return withWishForCall(cutBeforeAnswer(full, random.between(0, asked)), person);
    case 'writes-later':
      return [...full, laterMessage(full, person)];
    case 'sends-a-picture':
      return [
        ...withPicture(full, random.next()),
        { at: lastTimeOf(full), comment: 'Bild vom Zählerschrank liegt bei' },
      ];
    case 'finishes':
      return random.next() < 0.15
        ? [...full, { at: lastTimeOf(full), comment: 'Bitte erst nach 17 Uhr anrufen' }]
        : full;
    case 'queued':
    case 'no-whatsapp':
      return full;
  }
}

const isIncoming = (moment: ChatMoment): boolean => moment.message?.direction === 'incoming';
const lastTimeOf = (moments: readonly ChatMoment[]): number => moments.at(-1)?.at ?? 0;

/** The moments before answer `number`, counted from 0; all of them where there are fewer answers. */
function cutBeforeAnswer(full: readonly ChatMoment[], number: number): readonly ChatMoment[] {
  const cut = full.filter(isIncoming)[number];
  return cut ? full.slice(0, full.indexOf(cut)) : full;
}

function withRefusal(moments: readonly ChatMoment[], { random }: Respondent): readonly ChatMoment[] {
  const at = lastTimeOf(moments) + random.between(2, 40) * minute;
  const comment = random.next() < 0.3 ? { comment: 'Möchte nicht mehr angeschrieben werden' } : {};
  return [
    ...moments,
    incomingMessage(at, pickRefusal(random)),
    { at: at + minute, status: 'Dead', ...comment },
  ];
}

function withWishForCall(moments: readonly ChatMoment[], { random }: Respondent): readonly ChatMoment[] {
  const at = lastTimeOf(moments) + random.between(2, 40) * minute;
  const date = new Date(at + random.between(1, 6) * day);
  const text = `${date.getUTCDate()}.${date.getUTCMonth() + 1}.${date.getUTCFullYear()} um ${random.between(9, 18)} Uhr`;
  const wish = incomingMessage(at, `Rufen Sie mich bitte am ${text} an`);
  return [...moments, wish, { at: at + minute, status: 'Callback', comment: `Rückruf am ${text}` }];
}

function laterMessage(full: readonly ChatMoment[], { random }: Respondent): ChatMoment {
  const at = lastTimeOf(full) + random.between(20, 30) * 60 * minute;
  const late = incomingMessage(at, 'Noch etwas: Ich bin umgezogen, bitte die neue Adresse erfragen.');
  return { ...late, status: 'Archive', comment: 'Neue Adresse erfragen' };
}

/** Puts a picture before the first answer, or at the end of a chat cut before it. `share` is its place in the gap. */
function withPicture(moments: readonly ChatMoment[], share: number): readonly ChatMoment[] {
  const place = moments.findIndex(isIncoming);
  const index = place < 0 ? moments.length : place;
  const before = moments[index - 1]?.at ?? 0;
  const gap = (moments[index]?.at ?? before + 20 * minute) - before;
  const picture = incomingMessage(before + Math.round(gap * (0.1 + 0.8 * share)), 'IMG-0001.jpg', 'image');
  return [...moments.slice(0, index), picture, ...moments.slice(index)];
}
