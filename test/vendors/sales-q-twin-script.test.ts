import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/core/json.js';
import { campaignScript, readScript } from '../../src/vendors/sales-q/twin/script.js';
import type { Question } from '../../src/vendors/sales-q/twin/people.js';
import { fill, listen, speak } from '../../src/vendors/sales-q/twin/people.js';

const documented = JSON.parse(
  readFileSync(new URL('../../fixtures/vendors/sales-q/import-request.json', import.meta.url), 'utf8'),
) as { leads: JsonObject[] };
const lead = documented.leads[1] ?? {};
const script = readScript(lead['script'] ?? null);
const variables = new Map<string, Json>(Object.entries(lead));

const question = (state: string): Question => {
  const element = script.get(state);
  if (!element || element.kind === 'message') throw new Error('no question');
  return element;
};

describe("the document's own script", () => {
  it('says the simple message and the question after it in one go', () => {
    const turn = speak(script, '1', variables);
    expect(turn.sent).toEqual([
      { state: '1', text: 'Herr Muster ich kontaktiere Sie wegen... usw.' },
      { state: '2', text: 'Wann sollen wir Sie kontaktieren \n A) Morgens \n B) Mittags \n C) Abends' },
    ]);
    expect(turn.waitsFor?.state).toBe('2');
  });

  it('goes on by the answer chosen and stores its value', () => {
    expect(listen(question('2'), 'B')).toEqual({ into: 'Wann kontaktieren', value: 'Mittags', next: '3' });
    expect(listen(question('2'), 'C')).toEqual({ into: 'Wann kontaktieren', value: 'Abends', next: '4' });
  });

  it('takes any answer to a free text question', () => {
    expect(listen(question('3'), 'nach dem Essen')).toEqual({
      into: 'Uhrzeit',
      value: 'nach dem Essen',
      next: '5',
    });
  });

  it('ends at the element that points to itself, variables filled in', () => {
    const answered = new Map<string, Json>([
      ['Wann kontaktieren', 'Mittags'],
      ['Uhrzeit', '12 Uhr'],
    ]);
    expect(speak(script, '5', answered)).toEqual({
      sent: [{ state: '5', text: 'Danke wir kontaktieren Sie dann im Laufe der Woche Mittags um 12 Uhr' }],
      waitsFor: null,
    });
  });
});

describe('answers', () => {
  it.each(['B', 'b', 'B)', ' b. ', 'B bitte', 'Ich nehme b', 'mittags', 'Am liebsten Mittags!'])(
    'recognises %j as B',
    (text) => {
      expect(listen(question('2'), text)?.value).toBe('Mittags');
    },
  );

  it.each(['', 'D', 'egal', 'A oder B', 'Morgensmittags', '🙂'])('does not guess at %j', (text) => {
    expect(listen(question('2'), text)).toBeNull();
  });

  it('knows other words for yes and no, and boolean values', () => {
    const next = [
      { answer: 'Ja', next: 1, value: true },
      { answer: 'Nein', next: 1, value: false },
    ];
    const asked = readScript([{ content: '?', state: 1, next, dataconnect: 'x' }]).get('1') as Question;
    expect(listen(asked, 'Klar, gerne')?.value).toBe(true);
    expect(listen(asked, 'nö')?.value).toBe(false);
  });

  it('stores the answer where no value is given', () => {
    const next = [{ answer: 'Rot', next: '1' }];
    const asked = readScript([{ content: '?', state: '1', next, dataconnect: 'Farbe' }]).get('1') as Question;
    expect(listen(asked, 'rot')?.value).toBe('Rot');
  });

  it('end the chat at a question that points to itself', () => {
    const asked = readScript([{ content: '?', state: 1, next: 1, dataconnect: 'x' }]).get('1') as Question;
    expect(listen(asked, 'ja')?.next).toBeNull();
  });
});

describe('placeholders', () => {
  it('leave an unknown name and a lone brace as they are', () => {
    expect(fill('{Vorname} {Nachname} { {}', new Map([['Vorname', 'Eva']]))).toBe('Eva {Nachname} { {}');
  });

  it('write numbers and booleans out, and fill nothing twice', () => {
    const values = new Map<string, Json>([
      ['n', 3],
      ['b', true],
      ['x', '{n}'],
    ]);
    expect(fill('{n} {b} {x}', values)).toBe('3 true {n}');
  });
});

describe('a script', () => {
  const end = { content: 'Ende', state: '9', next: '9' };
  const choice = (next: Json, dataconnect: Json = 'x'): Json => [
    { content: '?', state: '1', next, dataconnect },
    end,
  ];

  it.each<[string, Json]>([
    ['must be a list', 'text'],
    ['must be a list', []],
    ['element 1 is not an object', [null]],
    ['no element with state 1', [end]],
    ['leads to 7, which is missing', [{ content: 'a', state: '1', next: '7' }]],
    [
      'state 1 occurs twice',
      [
        { content: 'a', state: '1', next: '1' },
        { content: 'b', state: 1, next: 1 },
      ],
    ],
    ['state 1 has no content', [{ state: '1', next: '1' }]],
    ['state 1 has no content', [{ content: 5, state: '1', next: '1' }]],
    ['has no state', [{ content: 'a', next: '1' }]],
    ['has no next', [{ content: 'a', state: '1' }]],
    ['has no next', [{ content: 'a', state: '1', next: { answer: 'A' } }]],
    ['has no answers', choice([])],
    ['has no dataconnect', choice([{ answer: 'A', next: '9' }], '')],
    ['special characters', choice([{ answer: 'A', next: '9' }], 'a.b')],
    ['not a string', choice([{ answer: 'A', next: '9' }], 5)],
    ['not an object', choice(['A'])],
    ['empty answer', choice([{ answer: ' ', next: '9' }])],
    ['has no next', choice([{ answer: 'A' }])],
    ['leads to 8', choice([{ answer: 'A', next: '8' }])],
    ['neither string nor boolean', choice([{ answer: 'A', next: '9', value: 5 }])],
    [
      'never end',
      [
        { content: 'a', state: '1', next: '2' },
        { content: 'b', state: '2', next: '1' },
      ],
    ],
  ])('is refused: %s', (reason, raw) => {
    expect(() => readScript(raw)).toThrow(reason);
  });

  it('may have numbers for states, and rings that pass a question', () => {
    const ring = [
      { content: 'a', state: 1, next: 2 },
      { content: 'b', state: 2, next: 1, dataconnect: 'x' },
    ];
    expect(speak(readScript(ring), '1', new Map()).sent).toHaveLength(2);
  });
});

it('the campaign script uses all three kinds of message and ends', () => {
  const kinds = [...campaignScript.values()].map((element) => element.kind);
  expect(new Set(kinds)).toEqual(new Set(['message', 'choice', 'free-text']));
  expect(campaignScript.get('7')).toMatchObject({ kind: 'message', next: '7' });
});
