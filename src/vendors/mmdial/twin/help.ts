import { endings, mostAttempts } from './dialler.js';

/** How to reach each documented state and failure, and what was chosen where the document is silent. */
export const help: readonly string[] = [
  'Login: Basic or Digest (MD5, SHA-256). Wrong or missing: 401 with a web page. A nonce is good for a day (then stale=true).',
  'Campaign 12 is dialled: lists 34, 35. Campaign 13 is not: lists 36, 37. Leads 10001 to 10060, agents 7 to 12.',
  'A lead added to campaign 12, or edited in status or rotation, is called within five minutes, at any hour of the day.',
  ...Object.entries(endings).map(([digits, { about }]) => `Phone ending in ${digits}: ${about}.`),
  `Any other phone: decided by the seed; at most ${mostAttempts} calls, of which the first one counts as a new contact.`,
  'addlead, phone ending in 000: invaliderror with invalidcheck=yes. So are fewer than 6 and more than 15 digits.',
  'addlead, phone ending in 440: error. 444: sqlerror. 445: sqlerror, yet the lead is there. 449: all counts 0, nothing added.',
  'addlead, letters in phone or alt_phone, a birthdate that is no date, country_phone_code with other than digits: formaterror.',
  'addlead without one of the three checks, or with a list of another campaign: error. Campaign 99: status error, no lead_stats.',
  'dncadd, dncdel, a number ending in 440: error, nothing changed. editlead of a lead whose phone ends so, addlist with such a description: error.',
  'Writing functions, number, phone or description ending in 446: done, but the answer is a web page. 447: done, empty answer. 448: not done, 500.',
  'Any function with leadid, agentid or campaign_id 990446, 990447, 990448: the same three answers.',
  'Film numbers for three free digits: 03023125000 to 03023125999. 01713920000 ends in 000.',
  'An argument in the query that belongs in the form, or the other way round, is missing. A + in a query is a space: write %2B.',
  'Numbers are compared as they are written: 0171…, 49171…, 0049171…, +49171… are four. So are they for doublets, dnccheck and the dialler.',
  'A listed number is not called (status DNCL), unless the lead has it in another notation: 01713920011 of lead 10002 is listed as +491713920011.',
  'dnccheck fuzzy=yes finds entries that contain the number: 1713920011 finds every notation, 01713920011 does not.',
  'dncadd of several numbers adds those not listed yet and answers doublet where one was. dncdel answers error where none was listed.',
  'dncget: one column without header; with a seed divisible by 3 a header and three columns.',
  'Recordings: one is an object, two a list, three or more a map. Lead 10004 has none, 10001 one, 10002 two, 10003 three.',
  'A recording is there from 10 minutes to 90 days after its call (available), else its url answers 404. Range requests are served.',
  'Export: status=A instead of status[]=A, no selectedfields, an unknown customerfield_, a wrong date: status error without a reason.',
  'Export: ISO-8859-1 cannot hold every name and no € (broken_data_count), Windows-1252 holds the €. The last 20 files are kept.',
  'Numbers in answers come as text or as numbers, an empty map as [], JSON also as text/html, file urls also without a host.',
];
