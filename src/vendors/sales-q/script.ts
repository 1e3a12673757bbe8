import { unusable } from '../../core/errors.js';
import { type Json, type JsonObject, isObject, wholeText } from '../../core/json.js';
import type { Problem } from '../../core/row.js';

interface Element {
  readonly state: string;
  readonly targets: readonly string[];
  readonly asks: boolean;
  readonly choice: boolean;
}

/**
 * Checks a script as the document defines it (docs/vendors/sales-q.md#script): an array of elements with `content`, a
 * unique `state` (one of them 1), `next` (a state, or choices), `dataconnect` for questions. The last element points to
 * itself. Each problem would harm a person or break the chat.
 */
export function checkScript(script: Json): Problem[] {
  if (!Array.isArray(script) || script.length === 0) {
    return [error('script.not-a-list', 'A script is a JSON array with at least one element')];
  }
  const findings: Problem[] = [];
  const elements: Element[] = [];
  (script as readonly Json[]).forEach((value, index) => {
    const element = readElement(value, index, findings);
    if (element) elements.push(element);
  });
  if (findings.length > 0) return findings;
  return [...checkStates(elements), ...checkFlow(elements)];
}

/** The script, or a UserError (exit 6) that names the file and every error in it. */
export function requireScript(script: Json, path: string): Json {
  const errors = checkScript(script);
  if (errors.length === 0) return script;
  throw unusable({
    code: 'script.invalid',
    message: `Script ${path} cannot be used: ${errors.map(({ message }) => message).join('; ')}`,
    hint: 'Mend the script file and push again; nothing was sent',
  });
}

const error = (code: string, message: string): Problem => ({ code, message });

function readElement(value: Json, index: number, findings: Problem[]): Element | null {
  const where = `element ${index + 1}`;
  if (!isObject(value)) {
    findings.push(error('script.bad-element', `${where} is not an object`));
    return null;
  }
  const state = stateName(value['state']);
  if (state === null) findings.push(error('script.no-state', `${where} has no state`));
  if (typeof value['content'] !== 'string' || value['content'].trim() === '') {
    findings.push(error('script.no-content', `${where} has no content`));
  }
  const targets = readNext(value['next']);
  if (targets === null)
    findings.push(error('script.bad-next', `${where}: next must be a state or a list of {answer, next}`));
  const asks = typeof value['dataconnect'] === 'string' && value['dataconnect'] !== '';
  const choice = Array.isArray(value['next']);
  if (choice && !asks)
    findings.push(error('script.no-dataconnect', `${where} is a multiple choice without dataconnect`));
  return state === null || targets === null ? null : { state, targets, asks, choice };
}

/** `state` and `next` are numbers in the tables and strings in the sample: both are read, compared as text. */
function stateName(value: Json | undefined): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : wholeText(value);
}

function readNext(next: Json | undefined): string[] | null {
  if (!Array.isArray(next)) {
    const state = stateName(next);
    return state === null ? null : [state];
  }
  const targets = (next as readonly Json[]).map((choice) =>
    isObject(choice) && typeof choice['answer'] === 'string' && choice['answer'] !== ''
      ? stateName(choice['next'])
      : null,
  );
  return targets.length > 0 && targets.every((target) => target !== null) ? targets : null;
}

function checkStates(elements: readonly Element[]): Problem[] {
  const findings: Problem[] = [];
  const seen = new Set<string>();
  for (const { state } of elements) {
    if (seen.has(state)) findings.push(error('script.duplicate-state', `state ${state} stands twice`));
    seen.add(state);
  }
  if (!seen.has('1'))
    findings.push(error('script.no-start', 'no element has state 1, where every script starts'));
  for (const { state, targets } of elements) {
    for (const target of targets) {
      if (!seen.has(target))
        findings.push(
          error('script.dangling-next', `state ${state} leads to ${target}, which does not exist`),
        );
    }
  }
  return findings;
}

/** A circle of messages that wait for no answer would write to the person without end; one through a question is legal. */
function checkFlow(elements: readonly Element[]): Problem[] {
  const byState = new Map(elements.map((element) => [element.state, element]));
  const findings: Problem[] = [];
  for (const start of elements) {
    const path = new Set<string>();
    let at: Element | undefined = start;
    while (at && !at.asks && at.targets[0] !== at.state && !path.has(at.state)) {
      path.add(at.state);
      at = byState.get(at.targets[0] ?? '');
    }
    if (at === start && path.has(start.state) && smallest(path) === start.state) {
      findings.push(
        error(
          'script.endless',
          `states ${[...path].join(' → ')} lead into each other without a question: the person would be written to without end`,
        ),
      );
    }
  }
  return findings;
}

const smallest = (states: ReadonlySet<string>): string | undefined => [...states].sort()[0];

/** The script as it goes out: `state` and `next` as strings, like the only worked sample; as numbers if the profile says so. */
export function scriptAsSent(script: Json, numbers: boolean): Json {
  if (!Array.isArray(script)) return script;
  const value = (state: Json | undefined): Json => {
    const name = stateName(state) ?? '';
    return numbers && /^\d+$/.test(name) ? Number(name) : name;
  };
  return (script as readonly JsonObject[]).map((element) => ({
    ...element,
    state: value(element['state']),
    next: Array.isArray(element['next'])
      ? (element['next'] as readonly JsonObject[]).map((choice) => ({
          ...choice,
          next: value(choice['next']),
        }))
      : value(element['next']),
  }));
}
