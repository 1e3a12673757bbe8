import { formDomains } from './checks.js';
import { lineSeconds, oldContactEnding } from './dialler.js';
import { endings, types } from './routes.js';

/** How to reach each documented state and failure. */
export const help: readonly string[] = [
  `Known types: ${types.join(', ')}. Any other: "Unknown Type" on add, a warning that is no JSON on cancel.`,
  `A lead is dialled ${lineSeconds} seconds after it came, later by "delays"; until then it can be cancelled.`,
  'The same mobile and type again before the call: "Another call is already scheduled"; after it: "Existing Contact".',
  `Mobile ending in ${oldContactEnding}: a contact from before. Add: "Existing Contact", cancel: "already processed".`,
  `Mobile ending in ${endings.error}: 500 on add and cancel, nothing done.`,
  `Mobile ending in ${endings.errorButSaved}: 500 on the first add, and yet the lead is saved and dialled.`,
  `Mobile ending in ${endings.cannotCancel}: cancel answers "server error (save)", the call goes on.`,
  'Cancel before the call: "cancelled". After it: "already processed". Without a lead, or twice: "not found".',
  'Spelling counts: 07... and 447... are two leads to add and cancel, but one person in the list of contacts.',
  'Two types with one mobile are two leads: the person is called twice.',
  'Missing or wrong field: 400 with {"field":{"0":"..."}}, the documented form.',
  `The same with an e-mail at ${formDomains.array}: messages as arrays; at ${formDomains.text}: as plain strings.`,
  '"data" that is no string, no JSON or empty, "delays" that is no number: 400.',
  '"test": true or "true": {"test":"ok"}, nothing stored, the type not looked at. Any other value: a real lead.',
  'Cancel knows no "test": it cancels.',
  'Wrong or missing key: 401 (not documented).',
];
