import type { Json, JsonObject } from '../../../core/json.js';
import { isObject } from '../../../core/json.js';

/** An entry of `validationErrorData.violations`. */
export interface Violation extends JsonObject {
  /** `comments[0].matching[1].callParams.callId`: the form of the document's sample. */
  readonly fieldPath: string;
  readonly message: string;
}

/** "Should not be blank" is the one documented message; the others follow its style. */
export const messages = {
  blank: 'This value should not be blank.',
  invalid: 'This value is not valid.',
  choice: 'The value you selected is not a valid choice.',
  email: 'This value is not a valid email address.',
  date: 'This value is not a valid datetime.',
  empty: 'This collection should contain 1 element or more.',
  type: (type: string) => `This value should be of type ${type}.`,
  tooMany: (most: number) => `This collection should contain ${most} elements or less.`,
  range: (low: number, high: number) => `This value should be between ${low} and ${high}.`,
} as const;

/** Reads values and notes what is wrong with them; what a faulty value reads as does not matter, nothing is done then. */
export class Reader {
  readonly violations: Violation[] = [];

  fault(fieldPath: string, message: string): void {
    this.violations.push({ fieldPath, message });
  }

  /** Null where it is none: its fields are then not asked for. */
  object(value: Json | undefined, path: string): JsonObject | null {
    if (isObject(value)) return value;
    this.fault(path, value === undefined || value === null ? messages.blank : messages.type('object'));
    return null;
  }

  /** A string with something in it. */
  text(value: Json | undefined, path: string, isGood?: (text: string) => boolean, fault?: string): string {
    if (value === undefined || value === null) this.fault(path, messages.blank);
    else if (typeof value !== 'string') this.fault(path, messages.type('string'));
    else if (value.trim() === '') this.fault(path, messages.blank);
    else if (isGood && !isGood(value)) this.fault(path, fault ?? messages.invalid);
    else return value;
    return '';
  }

  integer(value: Json | undefined, path: string, low: number, high: number): number {
    if (value === undefined || value === null) this.fault(path, messages.blank);
    else if (typeof value !== 'number' || !Number.isInteger(value))
      this.fault(path, messages.type('integer'));
    else if (value < low || value > high) this.fault(path, messages.range(low, high));
    else return value;
    return low;
  }

  /** A list with 1 to `most` items. */
  list(value: Json | undefined, path: string, most = Infinity): readonly Json[] {
    if (value === undefined || value === null) this.fault(path, messages.blank);
    else if (!Array.isArray(value)) this.fault(path, messages.type('array'));
    else if (value.length === 0) this.fault(path, messages.empty);
    else if (value.length > most) this.fault(path, messages.tooMany(most));
    else return value as readonly Json[];
    return [];
  }

  /** A list of strings, each with something in it. */
  texts(
    value: Json | undefined,
    path: string,
    isGood?: (text: string) => boolean,
    fault?: string,
  ): readonly string[] {
    return this.list(value, path).map((item, index) => this.text(item, `${path}[${index}]`, isGood, fault));
  }
}
