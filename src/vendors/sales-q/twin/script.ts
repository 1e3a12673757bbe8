import { type Json, isObject, wholeText } from '../../../core/json.js';

/**
 * Whether a lead parameter or variable may be called this: without dots and special characters
 * (docs/vendors/sales-q.md#data-points); the set is not listed, the document's own samples hold umlauts and spaces.
 */
export const isGoodName = (name: string): boolean =>
  /^[\p{L}\p{M}\p{N} _-]+$/u.test(name) && name.trim() !== '';

/** What may be stored in a variable: an answer's text, or the `value` of a choice. */
export type Value = string | boolean;

export interface Option {
  readonly answer: string;
  readonly next: string;
  /** Written to the variable; the answer itself where the script gives none. */
  readonly value: Value;
}

/** A script element, told apart by its kind of message (docs/vendors/sales-q.md#script). */
export type Element = { readonly state: string; readonly content: string } & (
  | { readonly kind: 'message'; readonly next: string }
  | { readonly kind: 'free-text'; readonly next: string; readonly into: string }
  | { readonly kind: 'choice'; readonly options: readonly [Option, ...Option[]]; readonly into: string }
);

/** Elements by state. Has a state 1, every `next` exists, and no ring of messages runs for ever. */
export type Script = ReadonlyMap<string, Element>;

/** Why a script cannot be played, in the vendor's `log`. Names states, never contents. */
export class ScriptProblem extends Error {}

/** Where every chat begins: "starts with state: 1 and this is mandatory". */
export const firstState = '1';

/** `state` and `next` are called String or Number in the document's tables and are strings in its sample. */
function readState(value: Json | undefined): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : wholeText(value);
}

/** Reads a script as it stands in `leads[x].script`; throws ScriptProblem. */
export function readScript(raw: Json): Script {
  if (!Array.isArray(raw) || raw.length === 0) throw new ScriptProblem('must be a list of elements');
  const script = new Map<string, Element>();
  for (const [index, item] of (raw as readonly Json[]).entries()) {
    const element = readElement(item, index + 1);
    if (script.has(element.state)) throw new ScriptProblem(`state ${element.state} occurs twice`);
    script.set(element.state, element);
  }
  if (!script.has(firstState)) throw new ScriptProblem('has no element with state 1');
  checkTargets(script);
  return script;
}

function readElement(item: Json, place: number): Element {
  if (!isObject(item)) throw new ScriptProblem(`element ${place} is not an object`);
  const state = readState(item['state']);
  if (state === null) throw new ScriptProblem(`element ${place} has no state`);
  const content = item['content'];
  if (typeof content !== 'string' || content === '') throw new ScriptProblem(`state ${state} has no content`);
  const into = readVariable(item['dataconnect'], state);
  if (Array.isArray(item['next']))
    return { state, content, kind: 'choice', ...readChoice(item['next'], into, state) };
  const next = readState(item['next']);
  if (next === null) throw new ScriptProblem(`state ${state} has no next`);
  if (into === null) return { state, content, kind: 'message', next };
  return { state, content, kind: 'free-text', next, into };
}

function readVariable(raw: Json | undefined, state: string): string | null {
  if (raw === undefined || raw === null || raw === '') return null;
  if (typeof raw !== 'string') throw new ScriptProblem(`dataconnect of state ${state} is not a string`);
  if (!isGoodName(raw)) throw new ScriptProblem(`dataconnect of state ${state} holds special characters`);
  return raw;
}

type Choice = Pick<Extract<Element, { kind: 'choice' }>, 'options' | 'into'>;

function readChoice(raw: readonly Json[], into: string | null, state: string): Choice {
  if (into === null) throw new ScriptProblem(`multiple choice in state ${state} has no dataconnect`);
  const [first, ...others] = raw.map((item) => readOption(item, state));
  if (first === undefined) throw new ScriptProblem(`multiple choice in state ${state} has no answers`);
  return { into, options: [first, ...others] };
}

function readOption(item: Json, state: string): Option {
  if (!isObject(item)) throw new ScriptProblem(`an answer of state ${state} is not an object`);
  const { answer, value } = item;
  if (typeof answer !== 'string' || answer.trim() === '')
    throw new ScriptProblem(`state ${state} has an empty answer`);
  const next = readState(item['next']);
  if (next === null) throw new ScriptProblem(`an answer of state ${state} has no next`);
  if (value === undefined || value === null) return { answer, next, value: answer };
  if (typeof value === 'string' || typeof value === 'boolean') return { answer, next, value };
  throw new ScriptProblem(`a value of state ${state} is neither string nor boolean`);
}

const targetsOf = (element: Element): readonly string[] =>
  element.kind === 'choice' ? element.options.map((option) => option.next) : [element.next];

/**
 * Every `next` leads somewhere, and simple messages, which go out at once, come to a question or an end.
 * The document does not say what the vendor does with a ring of them; played out it would never stop writing.
 */
function checkTargets(script: Script): void {
  for (const element of script.values()) {
    const missing = targetsOf(element).find((next) => !script.has(next));
    if (missing !== undefined)
      throw new ScriptProblem(`state ${element.state} leads to ${missing}, which is missing`);
    const passed = new Set<string>();
    let here: Element | undefined = element;
    while (here?.kind === 'message' && here.next !== here.state) {
      if (passed.has(here.state))
        throw new ScriptProblem(`the messages from state ${element.state} never end`);
      passed.add(here.state);
      here = script.get(here.next);
    }
  }
}

/** The script "created at the start of the project", used by leads that bring none: a solar adviser's first talk. */
const solarTalk: Json = [
  {
    state: '1',
    content: 'Guten Tag {Anrede} {Nachname}, hier ist Lena von Sonnendach Musterstadt.',
    next: '2',
  },
  {
    state: '2',
    content:
      'Sie hatten sich online für eine Solaranlage interessiert. Ist das noch aktuell?\n A) Ja\n B) Nein\n C) Später',
    next: [
      { answer: 'Ja', next: '3', value: true },
      { answer: 'Nein', next: '8', value: false },
      { answer: 'Später', next: '6', value: 'später' },
    ],
    dataconnect: 'Interesse',
  },
  {
    state: '3',
    content: 'Schön! Um was für ein Gebäude geht es?\n A) Einfamilienhaus\n B) Mehrfamilienhaus\n C) Gewerbe',
    next: [
      { answer: 'A', next: '4', value: 'Einfamilienhaus' },
      { answer: 'B', next: '4', value: 'Mehrfamilienhaus' },
      { answer: 'C', next: '4', value: 'Gewerbe' },
    ],
    dataconnect: 'Gebäude',
  },
  {
    state: '4',
    content: 'Wie hoch ist Ihr Stromverbrauch im Jahr ungefähr?',
    next: '5',
    dataconnect: 'Stromverbrauch',
  },
  {
    state: '5',
    content: 'Danke. Wann dürfen wir Sie anrufen?\n A) Morgens\n B) Mittags\n C) Abends',
    next: [
      { answer: 'A', next: '7', value: 'morgens' },
      { answer: 'B', next: '7', value: 'mittags' },
      { answer: 'C', next: '7', value: 'abends' },
    ],
    dataconnect: 'Wann kontaktieren',
  },
  {
    state: '6',
    content: 'Kein Problem. In welchem Monat sollen wir uns wieder melden?',
    next: '8',
    dataconnect: 'Wiedervorlage',
  },
  {
    state: '7',
    content: 'Vielen Dank! Unsere Beraterin ruft Sie in den nächsten Tagen {Wann kontaktieren} an.',
    next: '7',
  },
  { state: '8', content: 'Danke für Ihre Antwort. Wir wünschen Ihnen alles Gute!', next: '8' },
];

export const campaignScript = readScript(solarTalk);
