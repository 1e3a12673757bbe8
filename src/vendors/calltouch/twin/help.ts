import { emailOf, extent, phoneOf } from './journal.js';

const { firstCall, firstRequest, each, people, days } = extent;

/** How to reach each documented state and failure. */
export const help: readonly string[] = [
  `Calls ${firstCall} to ${firstCall + each - 1}, requests ${firstRequest} to ${firstRequest + each - 1}, from the ${days} days before the sandbox first ran.`,
  `Phones ${phoneOf(0)} to ${phoneOf(people - 1)} called and sent requests; requests know e-mails ${emailOf(0)} to ${emailOf(people - 1)} too.`,
  `Call ${firstCall} + n is from phone ${phoneOf(0)} + n, n from ${people} on starting over; request ${firstRequest} + n from ${phoneOf(people / 2)} + n, likewise.`,
  `With today as date and searchDepth ${(days + 1) * 1440} each of them is found; with a short one only near its date.`,
  'Tags by id modulo 4: 0 none, 1 новый, 2 новый and vip, 3 повторный.',
  'Ids that are even come as numbers, odd ones as strings; callReferenceId, sipCallId and requestNumber are often null.',
  'Nothing found, or not with these tags: "commented": false and an "error"; the next line of matching is tried first.',
  'A wrong field anywhere, more than 100 comments or 20 matchings: 400 with all violations, and nothing is commented.',
  'The same comment twice: it stands there twice; see "comments written twice".',
  'Wrong or missing Access-Token: 401 with "message" alone. Wrong or missing SiteId: 403 with "data.message".',
  'HTTP statuses, the zone of dates (Moscow here), both sides of searchDepth, texts of "error": not documented.',
  'Any one word is taken as ...TypeToMatch and means the nearest: the list of values is lost. No limit of requests a second.',
];
