import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExactNumber, type Json } from '../../src/core/json.js';
import { readNumber, type PhoneRule } from '../../src/core/phone.js';
import {
  dateTime,
  email,
  flag,
  integer,
  json,
  phone,
  phoneTexts,
  readCell,
  text,
  texts,
  type Field,
  type Reading,
} from '../../src/core/value.js';
import { asE164 } from '../support/rows.js';

const rule: PhoneRule = { format: 'auto', country: 'DE' };
const inColumn: Reading = { from: 'column', number: readNumber, rule };
const field = (type: Field['type'], more: Partial<Field> = {}): Field => ({
  name: 'f',
  type,
  about: '',
  ...more,
});
/** The value, or the code. */
function outcome(spec: Field, value: Json | undefined): unknown {
  const checked = readCell(spec, value, inColumn);
  return checked.ok ? asE164(checked.value) : `!${checked.problem.code}`;
}

describe('readCell', () => {
  const rows: readonly (readonly [Field['type'], Json, unknown])[] = [
    [phone, '0178 8046563', '+491788046563'],
    [phone, 491788046563, '!phone.ambiguous'],
    [phone, 491788000000, '!phone.scientific'],
    [phone, 4.91788e25, '!phone.scientific'],
    [phone, 1788046563.5, '!phone.decimal'],
    [phone, true, '!phone.invalid'],
    [phone, ['0178 8046563'], '!phone.invalid'],
    [phoneTexts, '0178 8046563', ['0178 8046563']],
    [text(), '  Anna ', 'Anna'],
    [text(), 7, '7'],
    [text(), false, 'false'],
    [text(), { a: 1 }, '!field.bad-text'],
    [dateTime, '2024-03-05T10:00', '2024-03-05T10:00'],
    [dateTime, 45356, '45356'],
    [email, ' anna@example.com', 'anna@example.com'],
    [email, 'änne.o+x@müller-söhne.de', 'änne.o+x@müller-söhne.de'],
    [email, 'почта@пример.рф', 'почта@пример.рф'],
    [email, 'anna@example', '!field.bad-email'],
    [email, 'anna@@example.com', '!field.bad-email'],
    [email, 'a@b.de; c@d.de', '!field.bad-email'],
    [email, '.a@b.de', '!field.bad-email'],
    [email, 'a..b@c.de', '!field.bad-email'],
    [email, 'a@-b.de', '!field.bad-email'],
    [email, 'Anna <anna@example.com>', '!field.bad-email'],
    [email, 5, '!field.bad-email'],
    [integer(), ' 600 ', 600],
    [integer(), '-3', -3],
    [integer(), 12, 12],
    [integer(), '600.0', '!field.bad-integer'],
    [integer(), 1.5, '!field.bad-integer'],
    [integer(), '1e3', '!field.bad-integer'],
    [integer(), '9007199254740993', '!field.bad-integer'],
    [integer(), true, '!field.bad-integer'],
    [flag, 'JA', true],
    [flag, 'нет', false],
    [flag, 1, true],
    [flag, false, false],
    [flag, 'maybe', '!field.bad-boolean'],
    [json, '{"a":[1]}', { a: [1] }],
    [json, { a: 1 }, { a: 1 }],
    [json, 'null', undefined],
    [json, '{a:1}', '!field.bad-json'],
    [json, '{"a":{"b":1,"b":2}}', '!field.bad-json'],
    [text(), new ExactNumber('12345678901234567890'), '12345678901234567890'],
    [text(), new ExactNumber('1.10'), '1.10'],
    [texts, [new ExactNumber('1.10'), 2], ['1.10', '2']],
    [integer(), new ExactNumber('600.0'), 600],
    [integer(), new ExactNumber('1.10'), '!field.bad-integer'],
    [integer(), new ExactNumber('1e3'), '!field.bad-integer'],
    [integer(), new ExactNumber('9007199254740993'), '!field.bad-integer'],
    [flag, new ExactNumber('1.0'), true],
    [email, new ExactNumber('1.0'), '!field.bad-email'],
    [phone, new ExactNumber('1.7e11'), '!phone.scientific'],
  ];
  it.each(rows)('%o %j is %j', (type, value, expected) => {
    expect(outcome(field(type), value)).toEqual(expected);
  });

  it('treats nothing and mere space as an empty cell', () => {
    for (const empty of [undefined, null, '', '  ', '\u00A0']) {
      expect(outcome(field(text()), empty)).toBeUndefined();
      expect(outcome(field(text(), { required: true }), empty)).toBe('!field.missing');
      expect(outcome(field(phone, { required: true }), empty)).toBe('!phone.missing');
    }
  });

  it('counts characters, not their code units', () => {
    expect(outcome(field(text({ max: 3 })), '🙂🙂🙂')).toBe('🙂🙂🙂');
    expect(outcome(field(text({ max: 3 })), 'abcd')).toBe('!field.too-long');
  });

  it('never throws, and never quotes the cell', () => {
    const types = fc.constantFrom<Field['type']>(
      phone,
      text({ max: 5 }),
      texts,
      email,
      integer(),
      flag,
      dateTime,
      json,
    );
    fc.assert(
      fc.property(types, fc.jsonValue(), (type, value) => {
        const checked = readCell(field(type), value as Json, inColumn);
        const written = typeof value === 'string' ? value.trim() : '';
        if (!checked.ok && written.length > 6) expect(checked.problem.message).not.toContain(written);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a list field', () => {
  const field: Field = { name: 'tags', type: texts, about: '' };
  const check = (value: Json) => readCell(field, value, inColumn);

  it('takes text with separators and lists', () => {
    expect(check('a, b;c| d ;')).toEqual({ ok: true, value: ['a', 'b', 'c', 'd'] });
    expect(check(['a, b', 7, null])).toEqual({ ok: true, value: ['a, b', '7'] });
    expect(check(79157771122)).toEqual({ ok: true, value: ['79157771122'] });
    expect(check(' ; ')).toEqual({ ok: true, value: undefined });
    expect(check([])).toEqual({ ok: true, value: undefined });
    for (const value of [{ a: 1 }, [['a']], [{ a: 1 }]]) expect(check(value)).toMatchObject({ ok: false });
  });
});
