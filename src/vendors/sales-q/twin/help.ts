import { endings } from './respondents.js';

/** How to reach each documented state and failure. */
export const help: readonly string[] = [
  ...Object.entries(endings).map(([digits, { about }]) => `Phone ending in ${digits}: ${about}.`),
  'Any other phone: decided by the seed; about half finish (Done).',
  'Wrong or missing token: 401 with "response": false.',
  'Body that is no JSON, or no Content-Type application/json: 400 with "response": false.',
  'Body larger than 5 MB: 413.',
  'No leads, a lead without Phone, a Phone that is no string, a parameter that is an object: "response": false, nothing imported.',
  'Parameter name with a dot or special character (a.b, Straße/Nr): "response": false, nothing imported.',
  'Script without state 1, with a missing next, a state twice, no content, an endless ring of messages: "response": false, nothing imported.',
  'The same phone imported twice: a second chat starts, as with the vendor; see the list of contacts.',
  'Remove with an unknown id, or a second time: "response": false.',
  'Started with --webhook sales-q=<url>: every lead that gets to Done or Callback is posted there once.',
  'Import answers come with "imported" and "response" in turn, their ids in no order.',
];
