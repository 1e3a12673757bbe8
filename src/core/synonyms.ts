import type { Concept } from './value.js';
import type { Field } from './value.js';

/** How surely a header means a concept: 0 specific (mobile number), 1 usual, 2 only if nothing better is there. */
export type Likeness = 0 | 1 | 2;

const umlauts: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss', ё: 'е' };

/**
 * A header reduced to what is compared: lower case, letters and digits only, `ä ö ü ß` as `ae oe ue ss`, other
 * Latin accents dropped. `Telefon (mobil)`, `telefon_mobil` and `TELEFON-MOBIL` are the same.
 */
export function normaliseHeader(header: string): string {
  return header
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[äöüßё]/gu, (char) => umlauts[char] ?? char)
    .normalize('NFD')
    .replace(/(\p{Script=Latin})\p{M}+/gu, '$1')
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}]/gu, '');
}

/** The other way people drop umlauts: `Strasse` needs none, but `Geschaft` and `Buro` are typed too. */
const withoutUmlauts = (header: string): string =>
  normaliseHeader(header.replace(/[äöü]/giu, (char) => char.normalize('NFD').slice(0, 1)));

/** What a header can mean in English, German or Russian, likeliest first; empty where it is not known. */
export const conceptsOf = (header: string): readonly Concept[] =>
  (table.get(normaliseHeader(header)) ?? []).map(({ concept }) => concept);

/** How surely a header means that concept; null where it does not. */
export const likenessOf = (header: string, concept: Concept): Likeness | null =>
  table.get(normaliseHeader(header))?.find((entry) => entry.concept === concept)?.likeness ?? null;

/** How the country of a row stands in a column that may hold one. */
export interface CountryColumn {
  /** The country of the number goes before that of the person. */
  readonly of: 'number' | 'person';
  /**
   * `any`: a code, a name or a calling code; `iso`: never a calling code of digits alone, for 380 is Italy by ISO and
   * Ukraine by telephone; `calling`: it holds countries only if every value in it is a calling code with + or 00.
   */
  readonly by: 'any' | 'iso' | 'calling';
}

/** Names that mean a country where numbers are read, and no vendor's field. */
const countryNames: readonly (readonly [CountryColumn, string])[] = [
  [
    { of: 'number', by: 'any' },
    `country calling code, calling code, country dial code, country dialing code, country dialling code, dial code, country phone code,
     phone country, phone country code, phone country name, phone code country, country of phone, mobile country,
     telephone country, telephone country code, international code, international dialing code, country code phone, tel country,
     Ländervorwahl, Landesvorwahl, Landeskennzahl, Länderkennzahl, Internationale Vorwahl, Auslandsvorwahl, Vorwahl Land, Land Telefon,
     Telefonland, Land der Rufnummer,
     телефонный код страны, код страны телефона, международный код, страна телефона`,
  ],
  [
    { of: 'number', by: 'calling' },
    `Vorwahl, Telefonvorwahl, Mobilvorwahl, Handyvorwahl, prefix, phone prefix, dialing prefix, dialling prefix, dialing code, dialling code,
     phone code, телефонный код, префикс`,
  ],
  [
    { of: 'person', by: 'any' },
    `LKZ, billing country, billing country name, shipping country, mailing country name, home country, residence country,
     country of residence, customer country, contact country, address country, Wohnsitzland, Wohnland, Land Wohnsitz, Wohnsitz Land,
     Rechnungsland, Lieferland, Kundenland, Länderkürzel, Länderkennung, Landeskennung, Landescode, Landeskennzeichen,
     страна клиента, страна плательщика, страна доставки`,
  ],
  [
    { of: 'person', by: 'iso' },
    `Länderschlüssel, ISO, ISO country, country ISO, ISO country code, country ISO code, ISO code, ISO2, ISO3, country ISO2, country ISO3, ISO alpha 2,
     ISO 3166, billing country code, shipping country code, billing country ISO, ISO Land, Land ISO, ISO-Code, ISO-Ländercode,
     ISO-Landescode, Ländercode ISO, код ISO, ISO код страны`,
  ],
];

const countryTable = new Map<string, CountryColumn>(
  countryNames.flatMap(([column, list]) =>
    list
      .split(',')
      .flatMap((name) => [normaliseHeader(name), withoutUmlauts(name)].map((key) => [key, column] as const)),
  ),
);

/** What a column of this name says of the row's country, if it holds one at all; null where its name means none. */
export const countryColumn = (header: string): CountryColumn | null =>
  countryTable.get(normaliseHeader(header)) ??
  (conceptsOf(header).includes('country') ? { of: 'person', by: 'any' } : null);

/** A column found for a field by its header alone. */
export interface Match {
  readonly field: Field;
  readonly column: string;
  readonly how: 'name' | 'synonym';
}

/** Columns of which more than one means the field equally. */
export interface Tie {
  readonly field: Field;
  readonly columns: readonly string[];
}

const ranks = [0, 1, 2, 3, 4, 5] as const;

/** 0 the very name, 1 the name but for case and punctuation, 2 an alias, 3–5 a synonym from specific to vague. */
function rankOf(field: Field, column: string): number | null {
  if (column === field.name) return 0;
  const header = normaliseHeader(column);
  if (header === normaliseHeader(field.name)) return 1;
  if (field.column?.aliases?.some((alias) => normaliseHeader(alias) === header)) return 2;
  const concept = field.column?.concept;
  const likeness = concept === undefined ? null : likenessOf(column, concept);
  return likeness === null ? null : 3 + likeness;
}

/**
 * Finds a column for each field, surest pairs first; a column serves one field. Where two columns are equally sure
 * (and no surer one is there) the field gets none of them: a person decides.
 */
export function matchHeaders(
  fields: readonly Field[],
  columns: readonly string[],
): { readonly matches: readonly Match[]; readonly ties: readonly Tie[] } {
  const matches: Match[] = [];
  const ties: Tie[] = [];
  const left = new Set(columns);
  const open = new Set(fields);
  const table = new Map(fields.map((field) => [field, columns.map((column) => rankOf(field, column))]));
  for (const rank of ranks) {
    for (const field of fields) {
      if (!open.has(field)) continue;
      const found = columns.filter((column, index) => left.has(column) && table.get(field)?.[index] === rank);
      if (found.length === 0) continue;
      open.delete(field);
      const [column] = found;
      if (found.length > 1 || column === undefined) {
        ties.push({ field, columns: found });
        continue;
      }
      left.delete(column);
      matches.push({ field, column, how: rank < 2 ? 'name' : 'synonym' });
    }
  }
  return { matches, ties };
}

/**
 * Headers as people write them, comma-separated; compared after `normaliseHeader`, so one spelling stands for every
 * case, punctuation and umlaut form of it. Number: 0 specific, 1 usual, 2 only if nothing better is there.
 * A bare `ID` is an own key at best, never a vendor's: a CRM's 4711 is not the vendor's lead 4711.
 */
export const spellings: readonly (readonly [Concept, 0 | 1 | 2, string])[] = [
  [
    'phone',
    0,
    `mobile, mobile phone, mobile phone number, mobile number, mobile no, mobile nr, mobile tel, mobile telephone, mob, mob no,
     mob number, cell, cell phone, cell number, cell phone number, cellular, cellular phone, smartphone, phone mobile, phone (cell),
     telephone mobile, tel mobile, primary mobile, personal mobile, contact mobile, customer mobile, mobile 1, msisdn, whatsapp,
     whatsapp number, whatsapp no, whatsapp phone, wa, wa number, sms, sms number, text number, phone whatsapp,
     Handy, Handynummer, Handy-Nr, Handynr, Handy Nummer, Handytelefon, Handyrufnummer, Handy 1, Mobil, Mobilnummer, Mobil-Nr,
     Mobiltelefon, Mobiltelefonnummer, Mobiltel, Mobil 1, Mobilfunk, Mobilfunknummer, Mobilfunknr, Mobilrufnummer, Mobile Nummer,
     Mobile Telefonnummer, Mobile Rufnummer, Telefon mobil, Tel mobil, Telefon Handy, Tel Handy, Telefonnummer mobil, Rufnummer mobil,
     Mobil privat, Handy privat, Privathandy, Diensthandy, Mobil geschäftlich, Handy geschäftlich, WhatsApp-Nummer, WhatsApp-Nr,
     WhatsApp Handynummer, SMS-Nummer, Natel, Natelnummer,
     мобильный, мобильный телефон, мобильный номер, мобильный тел, номер мобильного, номер мобильного телефона, мобильник, моб,
     моб тел, моб телефон, моб номер, телефон мобильный, тел моб, сотовый, сотовый телефон, сотовый номер, номер сотового,
     телефон сотовый, сот, сот тел, ватсап, вотсап, вацап, whatsapp номер, номер whatsapp, телефон whatsapp`,
  ],
  [
    'phone',
    1,
    `phone, phones, phone number, phone numbers, phone no, phone nr, phone num, phonenr, telephone, telephone number, telephone no,
     telephone nr, tel, tel no, tel number, tel nr, tel num, ph, ph no, ph number, phone 1, phone number 1, telephone 1, tel 1,
     primary phone, primary phone number, main phone, main number, contact number, contact phone, contact phone number, contact no,
     contact tel, lead phone, customer phone, client phone, user phone, person phone, recipient phone, dial number, call number,
     number to call, callback number, best phone, best contact number, destination number, e164, phone e164, phone raw, phone_number_e164,
     Telefon, Telefone, Telefonnummer, Telefonnummern, Telefon-Nr, Telefon Nummer, Telefonnr, Tel.-Nr., Telnr, Telnummer, Fon,
     Rufnummer, Ruf-Nr, Rufnr, Rufnummern, Telefon 1, Telefonnummer 1, Rufnummer 1, Haupttelefon, Hauptnummer, Hauptrufnummer,
     Kontaktnummer, Kontakttelefon, Kontakt-Telefon, Kontakt Telefonnummer, Kundentelefon, Kunde Telefon, Telefon Kunde,
     Telefonnummer Kunde, Rückrufnummer, Rückruf-Nr, Anrufnummer, Zielrufnummer, Zielnummer, Fernsprecher, Telefonkontakt, Telefon-Kontakt,
     телефон, телефоны, телефонный номер, номер телефона, номера телефонов, тел, тел номер, № телефона, ном тел, номер тел,
     телефон 1, тел 1, основной телефон, контактный телефон, контактный номер, контактный номер телефона, контактные телефоны,
     телефон для связи, номер для связи, телефон клиента, номер клиента для звонка, телефон лида, телефон абонента, номер абонента,
     телефон контакта, телефон контактного лица, телефон покупателя`,
  ],
  [
    'phone',
    2,
    `number, numbers, phone home, home phone, home number, phone work, work phone, work number, business phone, office phone,
     landline, landline number, fixed line, day phone, daytime phone, evening phone, private phone, phone private,
     Nummer, Nr Telefon, Festnetz, Festnetznummer, Festnetz-Nr, Festnetzrufnummer, Telefon Festnetz, Tel Festnetz, Telefon privat,
     Tel privat, Privattelefon, Telefonnummer privat, Telefon geschäftlich, Tel geschäftlich, Telefon dienstlich, Telefon Büro,
     Telefon Firma, Telefon Arbeit, Diensttelefon, Geschäftstelefon, Durchwahl,
     номер, домашний телефон, телефон домашний, дом тел, рабочий телефон, телефон рабочий, раб тел, городской телефон,
     телефон городской, стационарный телефон`,
  ],
  [
    'other-phone',
    0,
    `other phone, other phone number, other number, alternative phone, alternative phone number, alternative number,
     alternate phone, alternate number, alt phone, altphone, alt number, alt tel, second phone, secondary phone, second number,
     secondary number, additional phone, additional number, backup phone, phone 2, phone number 2, telephone 2, tel 2, mobile 2,
     cell 2, phone alt, phone other, spare number,
     Telefon 2, Telefonnummer 2, Tel 2, Rufnummer 2, Handy 2, Mobil 2, Mobilnummer 2, Zweittelefon, Zweitnummer, Zweite Telefonnummer,
     Alternative Telefonnummer, Alternative Rufnummer, Alternativnummer, Weiteres Telefon, Weitere Telefonnummer, Weitere Rufnummer,
     Andere Telefonnummer, Sonstiges Telefon, Ersatznummer, Zusätzliche Telefonnummer,
     телефон 2, тел 2, второй телефон, второй номер, дополнительный телефон, доп телефон, доп тел, доп номер,
     дополнительный номер, другой телефон, другой номер, запасной телефон, альтернативный телефон, мобильный 2`,
  ],
  [
    'other-phone',
    1,
    `phone home, home phone, home number, phone work, work phone, work number, business phone, office phone, landline,
     landline number, fixed line, day phone, daytime phone, evening phone, private phone, phone private,
     Festnetz, Festnetznummer, Festnetz-Nr, Festnetzrufnummer, Telefon Festnetz, Tel Festnetz, Telefon privat, Tel privat,
     Privattelefon, Telefonnummer privat, Telefon geschäftlich, Tel geschäftlich, Telefon dienstlich, Telefon Büro, Telefon Firma,
     Telefon Arbeit, Diensttelefon, Geschäftstelefon,
     домашний телефон, телефон домашний, дом тел, рабочий телефон, телефон рабочий, раб тел, городской телефон,
     телефон городской, стационарный телефон`,
  ],
  [
    'other-phone',
    2,
    'phone, telephone, tel, Telefon, Telefonnummer, Rufnummer, Tel-Nr, телефон, номер телефона, тел',
  ],
  [
    'email',
    1,
    `email, e-mail, mail, email address, e-mail address, mail address, emails, email 1, primary email, contact email, customer email,
     client email, lead email, user email, work email, business email, private email, personal email, e mail,
     E-Mail-Adresse, Emailadresse, Mailadresse, E-Mail Adresse, E-Mail privat, E-Mail geschäftlich, Kontakt E-Mail, E-Mail Kunde,
     elektronische Post, E-Post,
     почта, эл почта, электронная почта, адрес электронной почты, эл адрес, электронный адрес, имейл, емейл, емайл, мейл,
     е-майл, e-mail клиента, email клиента, почта клиента, адрес почты`,
  ],
  [
    'first-name',
    1,
    `first name, firstname, fname, given name, given names, forename, christian name, first, contact first name,
     customer first name, lead first name, name first, Vorname, Vornamen, Rufname, Vor-Name, Vorname Kunde, Kunde Vorname, Kontakt Vorname,
     Ansprechpartner Vorname, имя, имя клиента, имя контакта, имя лида`,
  ],
  [
    'last-name',
    1,
    `last name, lastname, lname, surname, family name, familyname, second name, name last, contact last name, customer last name,
     lead last name, sname, Nachname, Nachnamen, Familienname, Zuname, Nach-Name, Nachname Kunde, Kunde Nachname, Kontakt Nachname,
     Ansprechpartner Nachname, фамилия, фамилия клиента`,
  ],
  ['last-name', 2, 'name, Name'],
  [
    'full-name',
    1,
    `full name, fullname, complete name, contact name, customer name, client name, lead name, person, person name, contact person,
     display name, name full, Vollständiger Name, Voller Name, Gesamtname, Kontaktname, Kundenname, Ansprechpartner, Kontaktperson,
     Vor- und Nachname, Vorname Nachname, Vor- und Zuname, Vorname und Nachname, Nachname Vorname, Name Vorname,
     Ф.И.О., фио, полное имя, имя и фамилия, имя фамилия, фамилия имя, фамилия имя отчество, контактное лицо, фио клиента,
     клиент, контакт`,
  ],
  ['full-name', 1, 'name, Name'],
  [
    'salutation',
    1,
    `salutation, title, honorific, name form of address, mr mrs, Anrede, Anredeform, Anrede Kunde, Briefanrede,
     обращение, форма обращения`,
  ],
  ['salutation', 2, 'Titel, gender, sex, Geschlecht, пол'],
  [
    'company',
    1,
    `company, company name, companyname, organisation, organization, organisation name, organization name, org, business,
     business name, firm, employer, account name, Firma, Firmenname, Firmenbezeichnung, Unternehmen, Unternehmensname, Betrieb, Gesellschaft,
     Organisation, Arbeitgeber, Firma 1, компания, название компании, наименование компании, организация, наименование организации,
     название организации, фирма, юр лицо, предприятие, работодатель`,
  ],
  [
    'street',
    1,
    `street, street name, street address, address, address 1, address line 1, address line, addr, addr 1, road, mailing street,
     Straße, Strasse, Str, Straßenname, Anschrift, Adresse, Adresse 1, Straße und Hausnummer, Straße Hausnummer, Straße/Nr, Straße Nr,
     Str. Nr., Wohnanschrift, улица, ул, адрес, адрес 1, название улицы, адрес проживания`,
  ],
  [
    'house-number',
    1,
    `house number, house no, house nr, housenumber, house, street number, street no, street nr, streetnr, building number,
     Hausnummer, Haus-Nr, Hausnr, Haus Nummer, Hnr, HsNr, Straßennummer, номер дома, дом, № дома`,
  ],
  [
    'postcode',
    1,
    `postcode, post code, postal code, postalcode, zip, zip code, zipcode, zip postal code, mailing zip, PLZ, Postleitzahl, Post-Leitzahl,
     PLZ Wohnort, индекс, почтовый индекс, почт индекс`,
  ],
  [
    'city',
    1,
    `city, town, city name, locality, place, municipality, mailing city, city town, Ort, Stadt, Wohnort, Ortschaft, Gemeinde, Ortsname,
     Stadt/Ort, Ort/Stadt, город, гор, населенный пункт, нас пункт, город проживания`,
  ],
  [
    'country',
    1,
    `country, country name, country code, countrycode, nation, land, mailing country, Land, Länderkennzeichen, Ländercode, Landeskürzel,
     Staat, страна, код страны, страна проживания`,
  ],
  [
    'birthdate',
    1,
    `birthdate, birth date, date of birth, dob, d.o.b., birthday, birth day, born, Geburtsdatum, Geburtstag, Geb.-Datum, Geb-Dat, Gebdatum,
     geboren, geboren am, geb. am, geb, GebDat, дата рождения, день рождения, др, д.р., дата рожд`,
  ],
  [
    'notes',
    1,
    `notes, note, notices, notice, remark, remarks, memo, additional information, additional info, info, further information,
     Notiz, Notizen, Bemerkung, Bemerkungen, Anmerkung, Anmerkungen, Hinweis, Hinweise, Zusatzinfo, Zusatzinformation, Info, Infos,
     заметка, заметки, примечание, примечания, прим, доп информация, дополнительная информация, пометка`,
  ],
  ['notes', 2, 'comment, comments, Kommentar, Kommentare, комментарий, комментарии'],
  [
    'comment',
    1,
    `comment, comments, comment text, commentary, add comment, addComment, lead comment, call comment, Kommentar, Kommentare,
     Kommentartext, Gesprächsnotiz, комментарий, комментарии, коммент, текст комментария, комментарий к звонку, комментарий к лиду`,
  ],
  [
    'comment',
    2,
    `notes, note, remark, remarks, Notiz, Notizen, Bemerkung, Bemerkungen, Anmerkung, Anmerkungen, заметка, заметки, примечание,
     примечания`,
  ],
  [
    'date-time',
    1,
    `date, datetime, date time, date and time, timestamp, time, call date, call time, request date, lead date, created, created at,
     created time, created on, creation date, date created, event date, Datum, Zeitpunkt, Datum Uhrzeit, Datum und Uhrzeit, Datum/Zeit,
     Zeitstempel, Uhrzeit, Anrufdatum, Anrufzeit, Erstellt, Erstellt am, Erstelldatum, Erstellungsdatum, Eingangsdatum, Anfragedatum,
     дата, дата и время, дата время, время, дата звонка, время звонка, дата заявки, дата создания, создан, дата обращения,
     дата лида`,
  ],
  [
    'external-id',
    1,
    `external id, externalid, ext id, extid, external key, external reference, own id, our id, reference, reference id, ref id, ref,
     customer id, customer number, customer no, customerid, client id, contact id, crm id, crmid, record id, account number, mapping id,
     Externe ID, Fremdschlüssel, Referenz, Referenznummer, Referenz-Nr, Kundennummer, Kunden-Nr, Kundennr, Kdnr, Kd-Nr, Kunden-ID,
     Kontakt-ID, CRM-ID, Datensatz-ID, Datensatznummer, Vorgangsnummer, Eigene ID,
     внешний id, внешний идентификатор, внешний код, id клиента, номер клиента, код клиента, идентификатор клиента, id контакта,
     id в crm, crm id, номер договора`,
  ],
  ['external-id', 2, 'id, identifier, key, Schlüssel, ид, идентификатор'],
  [
    'vendor-id',
    1,
    `vendor id, vendorid, lead id, leadid, lead-id, lead number, salesq id, sales q id, salesq lead id,
     Lead-Nummer, Leadnummer, Lead-Nr, Vendor-ID, Dienstleister-ID, Anbieter-ID,
     id лида, ид лида, номер лида, идентификатор лида`,
  ],
];

const table = new Map<string, { readonly concept: Concept; readonly likeness: Likeness }[]>();
for (const [concept, likeness, list] of spellings) {
  for (const spelling of list.split(',').map((part) => part.trim())) {
    for (const key of new Set([normaliseHeader(spelling), withoutUmlauts(spelling)])) {
      const known = table.get(key) ?? [];
      if (!known.some((entry) => entry.concept === concept)) known.push({ concept, likeness });
      table.set(
        key,
        known.sort((a, b) => a.likeness - b.likeness),
      );
    }
  }
}
