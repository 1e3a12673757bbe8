import { type Json, isNested, readableText } from './json.js';
import type { Problem } from './row.js';
import { normaliseHeader } from './synonyms.js';

/** How a vendor turns to people: consent may be for one way and not for the other. */
export type Channel = 'call' | 'message';

/** What a column says about the will of the person in the row. */
interface ConsentColumn {
  /** What a yes in it means: the person agreed, or the person refused. */
  readonly yes: 'agreed' | 'refused';
  /** How it says yes: in words, or by the day it was said. */
  readonly by: 'words' | 'date';
  /** Which way of turning to the person it is about; null for every way. */
  readonly channel: Channel | null;
}

/**
 * Names of such columns, comma-separated, compared whole after `normaliseHeader`: a name that merely holds one of these
 * words says something else (`opt_out_reason`, `Einwilligung Datum`). Columns about e-mail, newsletters or letters are no
 * part of it. Whoever wants no calls gets no messages to the same number either; who agreed to no messages may be called.
 */
const names: readonly (readonly [ConsentColumn['yes'], Channel | null, string])[] = [
  [
    'refused',
    null,
    `do not call, donotcall, has opted out of call, hs opt out, tps, ctps, on tps, on ctps, tps registered, ctps registered, no opt in,
     no consent, consent missing, customer blocked, contact opt out, opt in revoked, opt in withdrawn, do not call flag, do not call me, dnc, dnc flag, dnc status, on dnc, on dnc list, do not contact, donotcontact,
     do not disturb, dnd, no contact, no call, no calls, no phone, no phone calls, no marketing, no advertising, no ads, never call,
     never contact, not to be called, not to be contacted, call blocked, call block, calls blocked, contact blocked, phone opt out,
     call opt out, calls opt out, telephone opt out, opt out, opted out, has opted out, is opted out, optout flag, opt out flag,
     marketing opt out, phone blocked, blocked, blocklisted, blacklisted, blacklist, blocklist, unsubscribed, unsubscribe, suppressed,
     suppression, stop contact, revoked, consent revoked, consent withdrawn, consent refused, objection, objected,
     has objected, robinson, robinson list, is dnc, has opted out of calls, has opted out of phone, has opted out of contact,
     Werbesperre, Werbesperrvermerk, Werbeverbot, Werbewiderspruch, Werbung gesperrt, Werbung nicht erlaubt, Werbung untersagt,
     keine Werbung, keine Werbeanrufe, kein Anruf, keine Anrufe, keine Anrufe erwünscht, kein Anruf erwünscht, nicht anrufen,
     bitte nicht anrufen, nicht mehr anrufen, nicht kontaktieren, bitte nicht kontaktieren, kein Kontakt, keine Kontaktaufnahme,
     kein Kontakt erwünscht, keine Telefonwerbung, Telefonsperre, Telefon gesperrt, Anrufsperre, Anruf gesperrt, Anrufverbot,
     Kontaktsperre, Kontaktverbot, Kontakt gesperrt, Sperrvermerk, Sperrkennzeichen, Sperre, gesperrt, Sperrliste, auf Sperrliste,
     Robinsonliste, Robinson-Liste, Robinson, Robinson-Eintrag, Widerspruch, Widerspruch Werbung, widersprochen, hat widersprochen,
     Werbung widersprochen, Widerruf, widerrufen, Einwilligung widerrufen, Einwilligung verweigert, abgemeldet, ausgetragen,
     Opt-out Telefon, Opt-out Anruf, Telefon Opt-out, nicht stören, Ruhe gewünscht, darf nicht angerufen werden,
     darf nicht kontaktiert werden, blockiert, Kein Opt-in, Keine Einwilligung, Keine Zustimmung, Kein Einverständnis, Keine Erlaubnis,
     Opt-in widerrufen, Opt-in zurückgezogen, Zustimmung widerrufen, Einverständnis widerrufen, Einwilligung zurückgezogen,
     Kunde gesperrt, Kontakt blockiert, Werbung widerrufen, DSGVO-Sperre,
     не звонить, нет согласия, без согласия, клиент заблокирован, не звоните, больше не звонить, просьба не звонить, просил не звонить, не беспокоить, не связываться,
     не контактировать, запрет звонков, запрет на звонки, запрет на звонок, запрет звонка, запрет контактов, запрет рекламы,
     запрет на рекламу, без звонков, без рекламы, отказ от звонков, отказ от рекламы, отказ от рассылки и звонков,
     отказ от контакта, отказался, отписан, отписался, отписка, черный список, в черном списке, чс, стоп-лист, стоп лист, стоплист,
     в стоп-листе, заблокирован, отозвано согласие, согласие отозвано, отзыв согласия`,
  ],
  [
    'refused',
    'message',
    `do not whatsapp, no whatsapp, no messages, no sms, do not message, do not text, whatsapp opt out, wa opt out, sms opt out,
     text opt out, message opt out, messaging opt out, whatsapp blocked, sms blocked, opt out whatsapp, opt out sms,
     kein WhatsApp, keine WhatsApp, keine Nachrichten, keine SMS, WhatsApp gesperrt, WhatsApp-Sperre, SMS-Sperre, WhatsApp Opt-out,
     Opt-out WhatsApp, nicht schreiben, bitte nicht schreiben,
     не писать, не писать в whatsapp, не писать в ватсап, без сообщений, отказ от сообщений, отказ от sms, отказ от смс, отказ от whatsapp`,
  ],
  [
    'agreed',
    null,
    `opt in, opted in, has opted in, is opted in, optin flag, opt in flag, opt in status, double opt in, doi, doi confirmed,
     double opt in confirmed, consent, consented, has consent, has consented, consent given, consent granted, gdpr consent, gdpr,
     gdpr ok, gdpr opt in, dsgvo consent, tcpa consent, tcpa, marketing consent, marketing opt in, marketing permission,
     permission to call, permission to contact, permission given, call consent, phone consent, contact consent, telephone consent,
     phone opt in, call opt in, telephone opt in, contact opt in, may call, may be called, may contact, may be contacted, can call,
     can contact, can be contacted, call allowed, calls allowed, contact allowed, allow calls, allow contact, allow call, allowed to call,
     ok to call, ok to contact, okay to call, accepts marketing, accepts calls, wants contact, wants call,
     contact permitted, contactable, callable,
     Einwilligung, Einwilligung erteilt, Einwilligung liegt vor, Einwilligung Telefon, Einwilligung Anruf, Einwilligung Werbung,
     Einwilligung Kontakt, Telefon Einwilligung, Telefoneinwilligung, Werbeeinwilligung, Kontakteinwilligung, eingewilligt,
     hat eingewilligt, Zustimmung, Zustimmung erteilt, zugestimmt, hat zugestimmt, Erlaubnis, Erlaubnis Anruf, Werbeerlaubnis,
     Anruferlaubnis, Kontakterlaubnis, Werbung erlaubt, Werbung ok, Telefonwerbung erlaubt, Anruf erlaubt, Anrufe erlaubt,
     Anruf erwünscht, Anruf gewünscht, Anruf ok, Kontakt erlaubt, Kontakt erwünscht, Kontakt gewünscht, Kontaktaufnahme erlaubt,
     Kontaktaufnahme erwünscht, Kontaktaufnahme gewünscht, Rückruf erwünscht, Rückruf gewünscht, Rückruf erlaubt, darf angerufen werden,
     darf kontaktiert werden, darf kontaktieren, anrufen erlaubt, DSGVO, DSGVO Einwilligung, DSGVO Zustimmung, DSGVO ok,
     Einverständnis, Einverständniserklärung, Einverständnis erteilt, Einverständnis liegt vor, Einverständnis Telefon,
     Einverständnis Anruf, Einverständnis Werbung, Einverständnis Kontakt, einverstanden, ist einverstanden, DSGVO Einverständnis,
     Einwilligungserklärung, Zustimmungserklärung,
     Datenschutz Einwilligung, Datenschutz Zustimmung, Opt-in Telefon, Opt-in Anruf, Telefon Opt-in,
     согласие, согласие на звонок, согласие на звонки, согласие на контакт, согласие на рекламу, согласие получено, согласие есть,
     есть согласие, дал согласие, согласен, согласен на звонок, согласен на звонки, согласие на обработку, согласие на обработку данных,
     согласие на обработку персональных данных, согласие на обработку пд, согласие на связь, разрешение, разрешение на звонок,
     разрешено звонить, можно звонить, можно связаться`,
  ],
  [
    'agreed',
    'message',
    `whatsapp opt in, wa opt in, sms opt in, text opt in, message opt in, messaging opt in, whatsapp consent, sms consent,
     messaging consent, message consent, text consent, whatsapp allowed, messages allowed, whatsapp ok, allow whatsapp, may whatsapp,
     opt in whatsapp, opt in sms, Einwilligung WhatsApp, WhatsApp Einwilligung, WhatsApp Zustimmung, Zustimmung WhatsApp,
     WhatsApp erlaubt, WhatsApp ok, WhatsApp gewünscht, Nachrichten erlaubt, SMS erlaubt, SMS Einwilligung, WhatsApp Opt-in,
     согласие на whatsapp, согласие на ватсап, согласие на сообщения, согласие на sms, согласие на смс, можно писать,
     разрешено писать, можно писать в whatsapp`,
  ],
];

/** Names of columns that say when the person refused: any date in one means that they did. */
const refusalDates: readonly (readonly [Channel | null, string])[] = [
  [
    null,
    `opt out date, opt out at, opt out on, opt out time, opt out timestamp, opt out since, opted out at, opted out on, opted out date,
     opted out since, date opted out, date of opt out, optout date, has opted out at, hs opt out date, unsubscribed at,
     unsubscribed on, unsubscribed date, unsubscribed since, unsubscribe date, date unsubscribed, dnc date, dnc since, dnc at,
     do not call date, do not call since, do not call at, do not call until, do not contact date, do not contact since,
     blocked at, blocked on, blocked since, blocked date, blocked until, block date, blacklisted at, blacklisted since, blocklisted at,
     blocklisted since, suppressed at, suppressed since, suppression date, revoked at, revoked on, revocation date, consent revoked at,
     consent revoked on, consent revocation date, consent withdrawn at, consent withdrawn on, consent withdrawal date, withdrawn at,
     withdrawal date, objected at, objected on, objection date, date of objection,
     Werbesperre seit, Werbesperre ab, Werbesperre am, Werbesperre vom, Werbesperre bis, Werbesperre Datum, Datum Werbesperre,
     gesperrt am, gesperrt seit, gesperrt ab, gesperrt bis, Kunde gesperrt am, Kunde gesperrt seit, Sperrdatum, Sperre seit, Sperre ab,
     Sperre am, Sperre vom, Sperre bis, Datum Sperre, Anrufsperre seit, Telefonsperre seit, Kontaktsperre seit, Kontaktsperre bis,
     blockiert am, blockiert seit, Widerruf am, Widerruf vom, Widerruf Datum, Widerrufsdatum, Datum Widerruf, Datum des Widerrufs,
     widerrufen am, Einwilligung widerrufen am, Widerruf der Einwilligung am, Opt-in widerrufen am, Zustimmung widerrufen am,
     Einverständnis widerrufen am, Widerspruch am, Widerspruch vom, Widerspruch seit, Widerspruch Datum, Widerspruchsdatum,
     Datum Widerspruch, Datum des Widerspruchs, widersprochen am, hat widersprochen am, Werbewiderspruch am, Werbewiderspruch vom,
     abgemeldet am, abgemeldet seit, Abmeldedatum, ausgetragen am, Opt-out am, Opt-out vom, Opt-out seit, Opt-out Datum, Datum Opt-out,
     дата отзыва согласия, дата отписки, дата отказа от звонков, дата отказа от рекламы, дата запрета звонков, дата блокировки,
     отписан с, отписался с, заблокирован с, согласие отозвано с, в черном списке с, не звонить с`,
  ],
  [
    'message',
    `whatsapp opt out date, whatsapp opt out at, whatsapp opted out at, wa opt out date, sms opt out date, sms opt out at,
     sms opted out at, message opt out date, WhatsApp gesperrt am, WhatsApp gesperrt seit, WhatsApp Opt-out am, WhatsApp Opt-out Datum`,
  ],
];

const split = (list: string): string[] => list.split(',').map(normaliseHeader);

const table = new Map<string, ConsentColumn>([
  ...names.flatMap(([yes, channel, list]) =>
    split(list).map((name) => [name, { yes, by: 'words', channel }] as const),
  ),
  ...refusalDates.flatMap(([channel, list]) =>
    split(list).map((name) => [name, { yes: 'refused', by: 'date', channel }] as const),
  ),
]);

/** What a column of this name asks; Salesforce ends names of one's own fields with `__c`. */
const columnNamed = (header: string): ConsentColumn | undefined =>
  table.get(normaliseHeader(header.trim().replace(/__c$/iu, '')));

/** Whether a column of this name says if the person may be turned to in this way. */
export function isConsentColumn(header: string, channel: Channel): boolean {
  const known = columnNamed(header);
  return known !== undefined && (known.channel === null || known.channel === channel);
}

const yes = wordSet(
  `yes, y, ja, j, true, wahr, t, 1, x, on, ok, okay, checked, set, active, aktiv, да, д, истина, вкл, ✓, ✔, ☑, ✅, +`,
);
const no = wordSet(
  `no, n, nein, false, falsch, f, 0, off, unchecked, not set, inactive, inaktiv, нет, н, ложь, выкл, ✗, ✘, ☐, ❌`,
);
/** Words that say by themselves what the person wants, whatever the column asks. */
const agreed = wordSet(
  `agreed, given, granted, confirmed, allowed, permitted, opted in, opt in, opt-in, subscribed,
   erteilt, zugestimmt, eingewilligt, erlaubt, bestätigt, liegt vor, согласен, согласна, есть, разрешено, получено`,
);
const refused = wordSet(
  `refused, denied, declined, blocked, not given, not granted, not allowed, opted out, opt out, opt-out, unsubscribed, revoked,
   withdrawn, do not call, dnc, verweigert, abgelehnt, gesperrt, nicht erteilt, nicht erlaubt, widerrufen, widersprochen, abgemeldet,
   kein anruf, keine anrufe, nicht anrufen, keine, kein, не согласен, не согласна, отказ, отказался, отказалась, отозвано, не звонить,
   запрещено, отписан`,
);
/** What people write where they know nothing. */
const nothing = wordSet(
  `-, –, —, --, n/a, na, null, nil, none, k.a., k. a., keine angabe, undefined, н/д, .`,
);

function wordSet(list: string): ReadonlySet<string> {
  return new Set(list.split(',').map((word) => word.trim()));
}

type Answer = 'yes' | 'no' | 'agreed' | 'refused' | 'unclear';

/** What a cell answers; null for nothing. */
function answerOf(cell: Json | undefined): Answer | null {
  if (cell === undefined || cell === null) return null;
  if (isNested(cell)) return 'unclear';
  const word = readableText(cell).normalize('NFKC').trim().toLowerCase().replace(/\s+/gu, ' ');
  const bare = word.length > 1 ? word.replace(/[.!]$/u, '') : word;
  if (bare === '' || nothing.has(word)) return null;
  if (yes.has(bare)) return 'yes';
  if (no.has(bare)) return 'no';
  if (agreed.has(bare)) return 'agreed';
  return refused.has(bare) ? 'refused' : 'unclear';
}

const day = /^\d{4}([-./])\d{1,2}\1\d{1,2}$|^\d{1,2}([-./])\d{1,2}\2(?:\d{4}|\d{2})$|^\d{8}$/u;

/** A day, or a moment of one, as tables write them; never one that is all zeros, which some programs write for none. */
function isDate(cell: Json | undefined): boolean {
  if (isNested(cell)) return false;
  const [first = ''] = readableText(cell)
    .normalize('NFKC')
    .trim()
    .split(/[\sT,]/u);
  return day.test(first) && /[1-9]/u.test(first);
}

/** What a cell of a column of dates answers. */
function answerByDate(cell: Json | undefined): Answer | null {
  const answer = answerOf(cell);
  if (answer === null || answer === 'refused') return answer;
  return isDate(cell) ? 'refused' : 'unclear';
}

/** Why the row waits for a person, by one consent column of it; null where the column says nothing against a contact. */
export function consentProblem(header: string, cell: Json | undefined): Problem | null {
  const column = columnNamed(header);
  const answer = column?.by === 'date' ? answerByDate(cell) : answerOf(cell);
  if (!column || answer === null || answer === 'agreed') return null;
  if (answer === 'unclear')
    return {
      code: 'consent.unclear',
      message: 'The file may say that the person wants no contact: the value is neither yes nor no',
    };
  if (answer !== 'refused' && (answer === 'yes') !== (column.yes === 'refused')) return null;
  return {
    code: 'consent.refused',
    message: 'The file says that the person wants no contact',
    column: header,
  };
}
