import { format, inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Facts, Reaches } from '../../src/core/gate.js';
import {
  peopleOf,
  textOfKey,
  bytesOf,
  clear,
  contentOf,
  lookUp,
  numbersIn,
  OutgoingNumber,
  PhoneNumber,
  seal,
  unseal,
  type Candidate,
  type PhoneKey,
  type Sealed,
  type SealedObject,
} from '../../src/core/number.js';
import { readNumber, type PhoneFormat } from '../../src/core/phone.js';
import { fictitious } from '../support/leads.js';
import { asE164, asWritten, number } from '../support/rows.js';

const digit = fc.constantFrom(...'0123456789');
const phoneNumber = fc
  .tuple(
    fc.array(digit, { minLength: 7, maxLength: 15 }),
    fc.array(fc.oneof(digit, fc.constantFrom(...' +()./-')), { maxLength: 20 }),
    fc.boolean(),
  )
  .map(([digits, written, dials]) => new PhoneNumber(`+${digits.join('')}`, written.join(''), dials));

/** Keys that mean something elsewhere: to the seal, to an object, to JSON. */
const key = fc.oneof(
  fc.constantFrom('$phone', '$$phone', '$', '$$x', '__proto__', 'constructor', 'toJSON', '', '7'),
  fc.string({ maxLength: 6 }),
);
const sealedValues = fc.letrec<{ any: Sealed; list: Sealed; object: Sealed }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    // JSON has one zero.
    fc.jsonValue({ maxDepth: 0 }).map((value) => (value === 0 ? 0 : (value as Sealed))),
    phoneNumber,
    tie('list'),
    tie('object'),
  ),
  list: fc.array(tie('any'), { maxLength: 4 }),
  object: fc
    .array(fc.tuple(key, tie('any')), { maxLength: 4 })
    .map((pairs): Sealed => Object.fromEntries(pairs)),
}));
const any: fc.Arbitrary<Sealed> = sealedValues.any;

/** What a value is made of, in order and each with its place: numbers by all that they hold. */
function leaves(value: Sealed, at = ''): unknown[] {
  if (value instanceof PhoneNumber) {
    const open = lookUp(value);
    return [[at, 'number', open.e164(), open.written(), value.dials]];
  }
  if (Array.isArray(value))
    return [[at, 'list'], ...(value as Sealed[]).flatMap((inner, place) => leaves(inner, `${at}[${place}]`))];
  if (typeof value !== 'object' || value === null) return [[at, typeof value, value]];
  const inside = Object.entries(value as SealedObject).flatMap(([name, inner]) =>
    leaves(inner, `${at}.${JSON.stringify(name)}`),
  );
  return [[at, 'object'], ...inside];
}

/** The same value, each number made anew. */
function changed(value: Sealed, change: (one: PhoneNumber) => Sealed): Sealed {
  if (value instanceof PhoneNumber) return change(value);
  if (Array.isArray(value)) return (value as Sealed[]).map((inner) => changed(inner, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value as SealedObject).map(([name, inner]) => [name, changed(inner, change)]),
  );
}

const redialled = (one: PhoneNumber): PhoneNumber => {
  const open = lookUp(one);
  return number(open.e164(), open.written(), !one.dials);
};

describe('a sealed payload', () => {
  it('is the same again when it is unsealed, whatever its keys', () => {
    fc.assert(
      fc.property(any, (payload) => {
        const text = seal(payload);
        const again = unseal(text);
        expect(leaves(again)).toEqual(leaves(payload));
        expect(seal(again)).toBe(text);
      }),
      { numRuns: 1_000 },
    );
  });

  it('tells a number from a text or an object that looks like one', () => {
    const one = number(fictitious(1), '0171 3920001');
    const { text } = { text: seal(one) };
    for (const like of [text, JSON.parse(text) as Sealed, fictitious(1), { $phone: one }]) {
      expect(leaves(unseal(seal(like)))).toEqual(leaves(like));
      expect(numbersIn(unseal(seal(like)))).toHaveLength(numbersIn(like).length);
      expect(contentOf(like)).not.toBe(contentOf(one));
    }
  });

  it('has one content, whether its numbers are dialled or not and in whatever order its keys stand', () => {
    fc.assert(
      fc.property(any, (payload) => {
        expect(contentOf(changed(payload, redialled))).toBe(contentOf(payload));
        expect(contentOf(unseal(seal(payload)))).toBe(contentOf(payload));
      }),
      { numRuns: 500 },
    );
    expect(contentOf({ a: 1, b: 2 })).toBe(contentOf({ b: 2, a: 1 }));
  });

  it('has another content with another number, or another notation of it', () => {
    const of = (one: PhoneNumber): string => contentOf({ a: [one] });
    const contents = [number(fictitious(1)), number(fictitious(2)), number(fictitious(1), '01713920001')].map(
      of,
    );
    expect(new Set(contents).size).toBe(3);
  });

  it('is never larger when it is sent than it was counted', () => {
    fc.assert(
      fc.property(any, (payload) => {
        const sent = [asE164(payload), asWritten(payload)].map((value) =>
          Buffer.byteLength(JSON.stringify(value)),
        );
        expect(Math.max(...sent)).toBeLessThanOrEqual(bytesOf(payload));
      }),
      { numRuns: 500 },
    );
  });
});

describe('a number', () => {
  const one = number(fictitious(1), '0171 3920001');

  it('shows its digits to nobody who has not asked the gate', () => {
    const shown = [
      JSON.stringify(one),
      JSON.stringify({ inside: [one] }),
      String(one),
      one.toString(),
      // eslint-disable-next-line @typescript-eslint/restrict-template-expressions -- what a message makes of it
      `${one}`,
      inspect(one, { showHidden: true, depth: null, getters: true }),
      inspect({ inside: new Map([[one, new Set([one])]]) }, { depth: null }),
      format('%s %j %o %O', one, one, one, one),
      inspect(Object.values(one)),
      inspect(Object.entries(Object.getOwnPropertyDescriptors(one)), { depth: null }),
      inspect({ ...one }),
      inspect(Object.assign({}, one)),
      inspect(structuredClone(one)),
      inspect(Reflect.ownKeys(one)),
      inspect(new Error('with a number', { cause: one }).cause),
      inspect(lookUp(one), { showHidden: true, depth: null }),
    ];
    for (const text of shown) expect(text).not.toMatch(/\d{2}/u);
  });

  it('is masked for people', () => {
    expect(one.masked()).toBe('+49171•••001');
  });

  it('stays the same number in another notation', () => {
    for (const other of [one.bare(), one.international()]) {
      expect(other.key).toBe(one.key);
      expect(other.dials).toBe(one.dials);
    }
    expect([asWritten(one.bare()), asWritten(one.international())]).toEqual(['01713920001', fictitious(1)]);
  });

  it('that may leave is made by the gate alone', () => {
    const make = OutgoingNumber as unknown as new (token: symbol, from: PhoneNumber) => OutgoingNumber;
    for (const token of [
      Symbol('a number the gate has let pass'),
      Symbol.for('a number the gate has let pass'),
    ])
      expect(() => new make(token, one)).toThrow(TypeError);
    const forged = Object.create(OutgoingNumber.prototype) as OutgoingNumber;
    expect(() => forged.e164()).toThrow(TypeError);
    const open = lookUp(one);
    expect(() => new (open.constructor as typeof make)(Symbol('x'), one)).toThrow(TypeError);
  });

  it('that may leave is no JSON before somebody says in which notation', () => {
    const open = lookUp(one);
    expect(() => JSON.stringify({ number: open })).toThrow(TypeError);
    expect([open.e164(), open.digits(), open.written(), open.parts()]).toEqual([
      '+491713920001',
      '491713920001',
      '0171 3920001',
      { code: '49', national: '1713920001' },
    ]);
  });
});

describe('the notation a number is sent in', () => {
  const sent = (text: string, country: string | null, form: PhoneFormat = 'auto'): unknown => {
    const reading = readNumber(text, { format: form, country }, true);
    return reading.ok ? [asE164(reading.value), asWritten(reading.value)] : reading.problem.code;
  };

  it.each([
    ['0171 3920001', 'DE', 'auto', '+491713920001', '0171 3920001'],
    ['(0171) 392-0001', 'DE', 'auto', '+491713920001', '(0171) 392-0001'],
    ['0171\u00A03920001', 'DE', 'auto', '+491713920001', '0171 3920001'],
    ['00491713920001', 'AT', 'auto', '+491713920001', '00491713920001'],
    ['491713920001', null, 'auto', '+491713920001', '491713920001'],
    ['8 915 777-11-22', 'RU', 'auto', '+79157771122', '8 915 777-11-22'],
    ['612345678', 'ES', 'auto', '+34612345678', '612345678'],
    ['06 12345678', 'IT', 'auto', '+390612345678', '06 12345678'],
    ['2025550123', 'US', 'auto', '+12025550123', '2025550123'],
  ] as const)('%s of %s is the one of the input', (text, country, form, e164, written) => {
    expect(sent(text, country, form)).toEqual([e164, written]);
  });

  it.each([
    ['1713920124', 'DE', 'national', '+491713920124', '01713920124'],
    ['698123456', 'FR', 'national', '+33698123456', '0698123456'],
  ] as const)('%s of %s gets back the zero it lost', (text, country, form, e164, written) => {
    expect(sent(text, country, form)).toEqual([e164, written]);
  });

  it.each([
    ['+4901713920702', 'DE', '+491713920702'],
    ['011 49 171 3920001', 'US', '+491713920001'],
  ] as const)('%s of %s is E.164: it means the number to no other reader', (text, country, e164) => {
    expect(sent(text, country)).toEqual([e164, e164]);
  });

  it('leaves out a zero in brackets', () => {
    expect(sent('+49 (0)171 3920001', 'DE')).toEqual(['+491713920001', '+49 171 3920001']);
  });
});

describe('the gate, asked by the claim', () => {
  const people = Array.from({ length: 6 }, (_, index) => number(fictitious(index)).key);
  const index = fc.nat({ max: people.length - 1 });
  const candidate = fc.record({
    row: fc.nat(),
    ref: fc.string(),
    reaches: fc.constantFrom<Reaches>('nobody', 'by-number', 'by-id'),
    people: fc.array(index, { maxLength: 2 }),
    dialled: fc.array(index, { maxLength: 3 }),
    named: fc.array(index, { maxLength: 2 }),
  });
  const facts = (listed: readonly PhoneKey[]): Facts => ({
    listed: new Set(listed),
    similar: new Map(),
    earlier: null,
  });
  const numbers = (of: readonly number[], dials: boolean): PhoneNumber[] =>
    of.map((at) => number(fictitious(at), `0${at}`, dials));

  it('stops exactly the rows whose numbers are on the list, or whose person nobody knows', () => {
    fc.assert(
      fc.property(fc.array(candidate, { maxLength: 8 }), fc.uniqueArray(index), (rows, blocked) => {
        const on = (of: readonly number[]): boolean => of.some((at) => blocked.includes(at));
        const expected = rows.map(({ reaches, people: whom, dialled }) => {
          if (on(dialled) || (reaches !== 'nobody' && on(whom))) return 'dnc.listed';
          return reaches === 'by-id' && whom.length === 0 ? 'phone.unknown' : null;
        });
        const candidates = rows.map(
          ({ reaches, ref, people: whom, dialled, named }, at): Candidate<Sealed> => ({
            row: at,
            ref,
            reaches,
            people: whom.map((one) => people[one] as PhoneKey),
            payload: { deep: [{ numbers: numbers(dialled, true) }], named: numbers(named, false) },
          }),
        );
        const { cleared, stopped } = clear(candidates, facts(blocked.map((at) => people[at] as PhoneKey)));
        const codes = new Map(stopped.map(({ row, ruling }) => [row, ruling.code]));
        expect(rows.map((_, at) => codes.get(at) ?? null)).toEqual(expected);
        expect(cleared.map(({ row }) => row)).toEqual(
          expected.flatMap((code, at) => (code === null ? [at] : [])),
        );
        for (const { row, ref } of cleared) expect(ref).toBe(candidates[row]?.ref);
      }),
      { numRuns: 500 },
    );
  });

  it('hands over what it was asked about, and nothing else', () => {
    const payload = { phone: number(fictitious(1), '0171 3920001'), other: null, tags: ['a', { n: 1 }] };
    const row = { row: 7, ref: 'r', reaches: 'by-number', people: [payload.phone.key], payload } as const;
    const { cleared } = clear([row], facts([]));
    const [one] = cleared;
    expect(one).toMatchObject({ row: 7, ref: 'r', payload: { other: null, tags: ['a', { n: 1 }] } });
    expect([one?.payload.phone.e164(), one?.payload.phone.written()]).toEqual([
      fictitious(1),
      '0171 3920001',
    ]);
  });
});

describe('the numbers of the person a row is about', () => {
  const of = (reaches: Reaches, phone: string | null, key: string | null, dialled: string[] = []): string[] =>
    peopleOf(reaches, { phone, key }, dialled).map(textOfKey);

  it('are its phone, its key where that is a number, and what may be dialled', () => {
    expect(of('by-number', '+491713920601', '+491713920602')).toEqual(['+491713920601', '+491713920602']);
    expect(of('by-number', '+491713920601', '+491713920601')).toEqual(['+491713920601']);
    expect(of('by-id', null, 'lead-1', ['+491713920603'])).toEqual(['+491713920603']);
    expect(of('by-id', null, 'lead-1')).toEqual([]);
  });

  it('are none where the run reaches nobody', () => {
    expect(of('nobody', '+491713920601', '+491713920602', ['+491713920603'])).toEqual([]);
  });
});
