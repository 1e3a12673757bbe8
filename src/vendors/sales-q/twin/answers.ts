import type { Random } from '../../../core/seeded.js';
import { listen } from './interpreter.js';
import type { Question, Step } from './interpreter.js';

export interface Answer {
  readonly text: string;
  readonly step: Step;
}

/** What a willing person answers, in one of the spellings people use. */
export function answerTo(question: Question, random: Random): Answer | null {
  if (question.kind === 'free-text') return spoken(question, freeText(question.into, random));
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
    : spoken(question, option.answer);
}

function spoken(question: Question, text: string): Answer | null {
  const step = listen(question, text);
  return step && { text, step };
}

const byTopic: readonly (readonly [RegExp, readonly [string, ...string[]]])[] = [
  [/uhr|zeit|wann/i, ['16 Uhr', 'gegen 18:30', 'ab 17 Uhr', 'vormittags zwischen 9 und 11']],
  [/tag|datum|monat|vorlage/i, ['Donnerstag', 'im März', 'nächste Woche', 'am 15.']],
  [/strom|verbrauch/i, ['4500 kWh', 'ca. 3.200', 'weiß ich nicht genau', '6000']],
  [/mail/i, ['p.muster@example.org', 'familie.beispiel@example.com']],
  [/plz|postleit/i, ['10115', '80331', '50667']],
  [/ort|stadt/i, ['Köln', 'München', 'Görlitz']],
  [/alter|jahr|anzahl/i, ['43', '29', '61']],
];

const anyTopic = [
  'Da bin ich mir noch nicht sicher',
  'Das passt so 👍',
  'Am besten telefonisch klären',
  'Ja, sehr gern',
] as const;

function freeText(variable: string, random: Random): string {
  const topic = byTopic.find(([pattern]) => pattern.test(variable));
  return random.pick(topic ? topic[1] : anyTopic);
}

const refusals = [
  'Kein Interesse.',
  'Kein Interesse, bitte nicht mehr schreiben',
  'Nein danke, bitte löschen Sie meine Nummer.',
] as const;

/** What a person writes who wants no more of it. */
export const refusal = (random: Random): string => random.pick(refusals);
