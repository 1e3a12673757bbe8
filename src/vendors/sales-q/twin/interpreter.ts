import type { Json } from '../../../core/json.js';
import type { Element, Option, Script, Value } from './script.js';

export type Question = Exclude<Element, { kind: 'message' }>;

/** What goes out in one go, and what the chat then waits for. */
export interface Turn {
  readonly sent: readonly { readonly state: string; readonly text: string }[];
  /** Null at the end of the script. */
  readonly waitsFor: Question | null;
}

/** What an answer does: fills the variable, and goes on to `next` or ends the chat where that is null. */
export interface Step {
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

/** Takes an answer; null where a multiple choice does not recognise it. A question that points to itself ends too. */
export function listen(question: Question, text: string): Step | null {
  if (question.kind === 'free-text') {
    const next = question.next === question.state ? null : question.next;
    return { into: question.into, value: text, next };
  }
  const option = recognise(question.options, text);
  return option && { into: question.into, value: option.value, next: option.next };
}

/** `{Name}` becomes the parameter or variable of that name; an unknown name stays as it is, for all to see. */
export function fill(content: string, variables: ReadonlyMap<string, Json>): string {
  return content.replace(/\{([^{}]+)\}/g, (whole, name: string) => {
    const value = variables.get(name) ?? variables.get(name.trim());
    if (value === undefined || value === null) return whole;
    return typeof value === 'string' ? value : JSON.stringify(value);
  });
}

const synonyms: readonly (readonly string[])[] = [
  ['ja', 'jo', 'jap', 'klar', 'gerne', 'gern', 'ok', 'okay', 'yes', 'sicher'],
  ['nein', 'nö', 'nee', 'ne', 'no', 'nicht'],
];

const words = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];

/** "Our systems automatically recognize variations and synonyms": case, punctuation, `value`, yes and no words. */
function recognise(options: readonly Option[], text: string): Option | null {
  const said = words(text);
  const exact = options.find((option) => words(option.answer).join(' ') === said.join(' '));
  if (exact) return exact;
  const close = options.filter((option) => termsOf(option).some((term) => includes(said, term)));
  return close.length === 1 ? (close[0] ?? null) : null;
}

function termsOf(option: Option): string[][] {
  const answer = words(option.answer);
  const terms = [answer, typeof option.value === 'string' ? words(option.value) : []];
  const same = answer.length === 1 ? synonyms.find((list) => list.includes(answer[0] ?? '')) : undefined;
  return [...terms, ...(same ?? []).map((word) => [word])].filter((term) => term.length > 0);
}

const includes = (said: readonly string[], term: readonly string[]): boolean =>
  said.some((_, start) => term.every((word, offset) => said[start + offset] === word));
