import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spellings, conceptsOf, likenessOf, normaliseHeader } from '../../src/core/synonyms.js';
import type { Concept } from '../../src/core/vendor.js';

describe('conceptsOf', () => {
  const headers: readonly (readonly [Concept, readonly string[]])[] = [
    [
      'phone',
      [
        'Phone',
        'phone_number',
        'MSISDN',
        'Handynummer',
        'Mobil',
        'Tel.',
        'Telefon (mobil)',
        'TELEFON-NR.',
        'Rufnummer',
      ],
    ],
    [
      'phone',
      [
        'WhatsApp',
        'Телефон',
        'Номер телефона',
        'моб. телефон',
        'Мобильный',
        'Phone\u00A0Number',
        'phoneNumber',
      ],
    ],
    [
      'other-phone',
      [
        'Telefon 2',
        'alt_phone',
        'Festnetz',
        'Telefon (geschäftlich)',
        'Telefon geschaeftlich',
        'Доп. телефон',
      ],
    ],
    ['email', ['E-Mail', 'email', 'Mailadresse', 'Эл. почта', 'E-Mail-Adresse']],
    ['first-name', ['Vorname', 'First Name', 'first_name', 'Имя']],
    ['last-name', ['Nachname', 'surname', 'Фамилия', 'Name']],
    ['full-name', ['Name', 'Ansprechpartner', 'ФИО', 'Ф.И.О.']],
    ['salutation', ['Anrede', 'title', 'Обращение']],
    ['company', ['Firma', 'Company', 'Организация']],
    ['street', ['Straße', 'Strasse', 'STRASSE', 'street', 'Улица']],
    ['house-number', ['Hausnummer', 'Haus-Nr.', 'streetnr', 'Дом']],
    ['postcode', ['PLZ', 'zip', 'Индекс']],
    ['city', ['Ort', 'City', 'Город']],
    ['country', ['Land', 'Country', 'Страна']],
    ['birthdate', ['Geburtsdatum', 'DOB', 'Дата рождения']],
    ['notes', ['Bemerkung', 'notices', 'Примечание']],
    ['comment', ['Kommentar', 'comment', 'Комментарий']],
    ['date-time', ['Datum', 'timestamp', 'Дата звонка']],
    ['external-id', ['Kundennummer', 'external_id', 'Kd.-Nr.', 'ID']],
    ['vendor-id', ['leadid', 'Lead ID']],
  ];
  it.each(headers.flatMap(([concept, list]) => list.map((header) => [header, concept] as const)))(
    '%s means %s',
    (header, concept) => {
      expect(conceptsOf(header)).toContain(concept);
    },
  );

  it.each(['', '   ', 'Alter', 'Fax', 'Quelle', '__proto__', 'constructor', '🙂'])(
    '%j means nothing',
    (header) => {
      expect(conceptsOf(header)).toEqual([]);
    },
  );

  it('puts mobile before telephone before landline', () => {
    expect(likenessOf('Handy', 'phone')).toBe(0);
    expect(likenessOf('Telefon', 'phone')).toBe(1);
    expect(likenessOf('Festnetz', 'phone')).toBe(2);
    expect(conceptsOf('Festnetz')[0]).toBe('other-phone');
  });

  it('takes a bare ID for an own key, never for the id of a vendor', () => {
    expect(conceptsOf('ID')).toEqual(['external-id']);
  });
});

describe('normaliseHeader', () => {
  it('does not see case, space, punctuation and the ways to write an umlaut', () => {
    const forms = [
      'Telefon Büro',
      'TELEFON-BÜRO',
      ' telefon_buero ',
      'Telefon\u00A0(Buero)',
      'Telefon Bu\u0308ro',
    ];
    expect(new Set(forms.map(normaliseHeader))).toEqual(new Set(['telefonbuero']));
    expect(conceptsOf('Telefon Buro')).toEqual(conceptsOf('Telefon Büro'));
    expect(normaliseHeader('Учёт Йод')).toBe('учетйод');
    expect(normaliseHeader('Prénom')).toBe('prenom');
  });

  it('changes nothing when done again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (header) => {
        const once = normaliseHeader(header);
        expect(normaliseHeader(once)).toBe(once);
      }),
    );
  });
});

it('lists no spelling twice with two degrees of sureness', () => {
  const seen = new Map<string, number>();
  const twice: string[] = [];
  for (const [concept, likeness, list] of spellings) {
    for (const spelling of list.split(',').map(normaliseHeader)) {
      expect(spelling).not.toBe('');
      const key = `${concept} ${spelling}`;
      if (seen.has(key) && seen.get(key) !== likeness) twice.push(key);
      seen.set(key, likeness);
    }
  }
  expect(twice).toEqual([]);
});
