import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkField } from '../../src/core/checks.js';
import type { Json } from '../../src/core/json.js';
import type { PhoneRule } from '../../src/core/phone.js';
import type { FieldSpec } from '../../src/core/vendor.js';
import { asE164 } from '../support/rows.js';

const rule: PhoneRule = { format: 'auto', country: 'DE' };
const field = (kind: FieldSpec['kind'], more: Partial<FieldSpec> = {}): FieldSpec => ({
  name: 'f',
  kind,
  required: false,
  about: '',
  ...more,
});
/** The value, or the code. */
function outcome(spec: FieldSpec, value: Json | undefined): unknown {
  const checked = checkField(spec, value, rule);
  return checked.ok ? asE164(checked.value) : `!${checked.problem.code}`;
}

describe('checkField', () => {
  const rows: readonly (readonly [FieldSpec['kind'], Json, unknown])[] = [
    ['phone', '0178 8046563', '+491788046563'],
    ['phone', 491788046563, '!phone.ambiguous'],
    ['phone', 491788000000, '!phone.scientific'],
    ['phone', 4.91788e25, '!phone.scientific'],
    ['phone', 1788046563.5, '!phone.decimal'],
    ['phone', true, '!phone.invalid'],
    ['phone', ['0178 8046563'], '!phone.invalid'],
    ['phone-text', '0178 8046563', '0178 8046563'],
    ['text', '  Anna ', 'Anna'],
    ['text', 7, '7'],
    ['text', false, 'false'],
    ['text', { a: 1 }, '!field.bad-text'],
    ['date-time', '2024-03-05T10:00', '2024-03-05T10:00'],
    ['date-time', 45356, '45356'],
    ['email', ' anna@example.com', 'anna@example.com'],
    ['email', 'änne.o+x@müller-söhne.de', 'änne.o+x@müller-söhne.de'],
    ['email', 'почта@пример.рф', 'почта@пример.рф'],
    ['email', 'anna@example', '!field.bad-email'],
    ['email', 'anna@@example.com', '!field.bad-email'],
    ['email', 'a@b.de; c@d.de', '!field.bad-email'],
    ['email', '.a@b.de', '!field.bad-email'],
    ['email', 'a..b@c.de', '!field.bad-email'],
    ['email', 'a@-b.de', '!field.bad-email'],
    ['email', 'Anna <anna@example.com>', '!field.bad-email'],
    ['email', 5, '!field.bad-email'],
    ['integer', ' 600 ', 600],
    ['integer', '-3', -3],
    ['integer', 12, 12],
    ['integer', '600.0', '!field.bad-integer'],
    ['integer', 1.5, '!field.bad-integer'],
    ['integer', '1e3', '!field.bad-integer'],
    ['integer', '9007199254740993', '!field.bad-integer'],
    ['integer', true, '!field.bad-integer'],
    ['boolean', 'JA', true],
    ['boolean', 'нет', false],
    ['boolean', 1, true],
    ['boolean', false, false],
    ['boolean', 'maybe', '!field.bad-boolean'],
    ['json', '{"a":[1]}', { a: [1] }],
    ['json', { a: 1 }, { a: 1 }],
    ['json', 'null', undefined],
    ['json', '{a:1}', '!field.bad-json'],
  ];
  it.each(rows)('%s %j is %j', (kind, value, expected) => {
    expect(outcome(field(kind), value)).toEqual(expected);
  });

  it('treats nothing and mere space as an empty cell', () => {
    for (const empty of [undefined, null, '', '  ', '\u00A0']) {
      expect(outcome(field('text'), empty)).toBeUndefined();
      expect(outcome(field('text', { required: true }), empty)).toBe('!field.missing');
      expect(outcome(field('phone', { required: true }), empty)).toBe('!phone.missing');
    }
  });

  it('counts characters, not their code units', () => {
    expect(outcome(field('text', { maxLength: 3 }), '🙂🙂🙂')).toBe('🙂🙂🙂');
    expect(outcome(field('text', { maxLength: 3 }), 'abcd')).toBe('!field.too-long');
    expect(outcome(field('email', { maxLength: 5 }), 'a@b.de')).toBe('!field.too-long');
  });

  it('never throws, and never quotes the cell', () => {
    const kinds = fc.constantFrom<FieldSpec['kind']>(
      'phone',
      'text',
      'email',
      'integer',
      'boolean',
      'date-time',
      'json',
    );
    fc.assert(
      fc.property(kinds, fc.jsonValue(), (kind, value) => {
        const checked = checkField(field(kind, { maxLength: 5 }), value as Json, rule);
        const text = typeof value === 'string' ? value.trim() : '';
        if (!checked.ok && text.length > 6) expect(checked.problem.message).not.toContain(text);
      }),
      { numRuns: 500 },
    );
  });
});
