import { describe, expect, it } from 'vitest';
import { consentProblem, isConsentColumn } from '../../src/core/consent.js';
import { ExactNumber, type Json } from '../../src/core/json.js';

const codeOf = (header: string, cell: unknown): string | null =>
  consentProblem(header, cell as Json)?.code ?? null;

const refusing = [
  'do_not_call',
  'Do Not Call',
  'DNC',
  'opt_out',
  'Opt-Out',
  'Werbesperre',
  'kein Anruf',
  'KEINE ANRUFE',
  'Не звонить',
  'Robinson-Liste',
  'nicht kontaktieren',
  'DoNotCall__c',
  'HasOptedOutOfCall',
  'hs_opt_out',
  'TPS',
  'CTPS',
  'Kein Opt-in',
  'Keine Einwilligung',
  'Opt-in widerrufen',
  'Kunde gesperrt',
];
const dated = [
  'Werbesperre seit',
  'gesperrt am',
  'Sperrdatum',
  'Widerruf am',
  'opt_out_date',
  'opted_out_at',
  'Opted_Out_At__c',
  'Дата отписки',
];
const agreeing = [
  'Opt-in',
  'opt_in',
  'consent',
  'Einwilligung',
  'DSGVO-Einwilligung',
  'may be called',
  'Согласие на звонок',
  'Werbeeinwilligung',
  'Einverständnis',
  'Einverstaendnis',
  'Einverständniserklärung',
  'Marketing_Consent__c',
];
const yes = ['1', 'ja', 'JA', 'Ja.', 'yes', 'Y', 'true', 'wahr', 'x', 'да', true, 1];
const no = ['0', 'nein', 'Nein', 'no', 'N', 'false', 'falsch', 'нет', false, 0];
const nothing = ['', '  ', '-', 'n/a', 'k.A.', null, undefined];
const neither = ['vielleicht', '2024-01-05', 'see notes', '2', 'unbekannt', '?', ['ja']];

describe('a column that says whether the person wants to be contacted', () => {
  it('refuses by a yes where it names the refusal, and by a no where it names the consent', () => {
    for (const header of refusing) {
      for (const cell of yes)
        expect([header, cell, codeOf(header, cell)]).toEqual([header, cell, 'consent.refused']);
      for (const cell of no) expect([header, cell, codeOf(header, cell)]).toEqual([header, cell, null]);
    }
    for (const header of agreeing) {
      for (const cell of no)
        expect([header, cell, codeOf(header, cell)]).toEqual([header, cell, 'consent.refused']);
      for (const cell of yes) expect([header, cell, codeOf(header, cell)]).toEqual([header, cell, null]);
    }
  });

  it('says nothing where it is empty, and is unclear where it is neither', () => {
    for (const header of [...refusing, ...agreeing]) {
      for (const cell of nothing) expect([header, cell, codeOf(header, cell)]).toEqual([header, cell, null]);
      for (const cell of neither)
        expect([header, cell, codeOf(header, cell)]).toEqual([header, cell, 'consent.unclear']);
    }
  });

  it('refuses by any date where it names the day of a refusal, and is unclear by other text', () => {
    const dates = [
      '2024-01-05',
      '05.01.2024',
      '5.1.24',
      '01/05/2024',
      '2024-01-05 13:00',
      '2024-01-05T13:00:00Z',
      '5.1.2024, 13:00 Uhr',
      '20240105',
      20240105,
    ];
    const others = ['ja', 'nein', 'yes', '0', '1', 'bald', '0000-00-00', '2024', true, false, ['2024-01-05']];
    for (const header of dated) {
      for (const cell of [...dates, 'widerrufen'])
        expect([header, cell, codeOf(header, cell)]).toEqual([header, cell, 'consent.refused']);
      for (const cell of others)
        expect([header, cell, codeOf(header, cell)]).toEqual([header, cell, 'consent.unclear']);
      for (const cell of nothing) expect([header, cell, codeOf(header, cell)]).toEqual([header, cell, null]);
    }
  });

  it('heeds words that say themselves what is meant, whatever the column asks', () => {
    for (const header of ['opt_in', 'opt_out']) {
      expect(codeOf(header, 'opted out')).toBe('consent.refused');
      expect(codeOf(header, 'Opted in')).toBeNull();
      expect(codeOf(header, 'widerrufen')).toBe('consent.refused');
    }
  });

  it('reads numbers that some programs write with a zero behind the point', () => {
    expect(codeOf('do_not_call', new ExactNumber('1.0'))).toBe('consent.refused');
    expect(codeOf('do_not_call', new ExactNumber('0.0'))).toBeNull();
    expect(codeOf('opt_out_date', new ExactNumber('20240131.0'))).toBe('consent.refused');
    expect(codeOf('do_not_call', new ExactNumber('1.10'))).toBe('consent.unclear');
  });

  it('never quotes the cell', () => {
    const problem = consentProblem('opt_out', 'Erika Mustermann sagt nein');
    expect(JSON.stringify(problem)).not.toContain('Erika');
  });

  it('is known by its whole name: others, and those about letters and e-mail, are free data', () => {
    const harmless = [
      'newsletter',
      'newsletter_opt_in',
      'Newsletter Einwilligung',
      'email opt out',
      'E-Mail Opt-in',
      'email_consent',
      'Postwerbung',
      'opt_out_reason',
      'opt_in_date',
      'opted_in_at',
      'Einwilligung vom',
      'newsletter_opt_out_date',
      'HasOptedOutOfEmail',
      'HasOptedOutOfFax',
      'Sperrgrund',
      'Vertragswiderruf am',
      'Datum',
      'Status__c',
      'consent_source',
      'consent_time',
      'consent_text',
      'Einwilligung Datum',
      'Einwilligungstext',
      'Sperrzeit',
      'Kontakt',
      'Kontaktart',
      'Anruf',
      'Anrufe',
      'Werbung',
      'Werbeträger',
      'Werbekampagne',
      'call',
      'calls',
      'Stop',
      'Block',
      'Blocknummer',
      'Optik',
      'Option',
      'Status',
      'Kein Interesse an',
      'Отказ',
      'Согласовано',
      'Звонки',
      'Звонок',
      'do',
      'not',
      'Vorname',
      'Telefon',
      'agreement',
      'Vertrag',
    ];
    for (const header of harmless) {
      expect([header, isConsentColumn(header, 'call'), isConsentColumn(header, 'message')]).toEqual([
        header,
        false,
        false,
      ]);
      expect([header, codeOf(header, 'nein'), codeOf(header, 'ja')]).toEqual([header, null, null]);
    }
  });

  it('is about messages alone where its name says so', () => {
    expect(isConsentColumn('WhatsApp Opt-in', 'message')).toBe(true);
    expect(isConsentColumn('WhatsApp Opt-in', 'call')).toBe(false);
    expect(isConsentColumn('do_not_call', 'message')).toBe(true);
  });
});
