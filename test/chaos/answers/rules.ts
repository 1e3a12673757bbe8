import type { Meaning } from './endpoint.js';

type Rule = Readonly<Record<Meaning, string>>;

/**
 * What an answer must come to, by the kind of request. Written from the vendors' documents and the table of docs/delivery.md: a
 * positive end only on a documented, whole success; `rejected` only on a documented refusal; a read that cannot be
 * trusted is an error, never "nobody". Ends of several rows are alike; a cause after a blank stops the run.
 */
export const pushed: Rule = {
  success: 'delivered',
  refusal: 'rejected',
  unsure: 'in-doubt',
  credentials: 'deferred credentials',
  'slow-down': 'deferred',
  contradiction: 'in-doubt',
};

export const asked: Rule = {
  success: 'data',
  refusal: 'exit 3|exit 5',
  unsure: 'exit 5',
  credentials: 'exit 4',
  'slow-down': 'exit 5',
  contradiction: 'exit 4|exit 5',
};

/** A command that writes once and has no ledger: exit 7 where it may be done. */
export const made: Rule = {
  success: 'data',
  refusal: 'exit 3',
  unsure: 'exit 7',
  credentials: 'exit 4',
  'slow-down': 'exit 5',
  contradiction: 'exit 7',
};

/** The look that confirms a write which was answered with success: without it the write is in doubt. */
export const confirmed: Rule = {
  success: 'delivered',
  refusal: 'in-doubt',
  unsure: 'in-doubt',
  credentials: 'in-doubt|in-doubt credentials',
  'slow-down': 'in-doubt',
  contradiction: 'in-doubt|in-doubt credentials',
};

/** The look before a write: where it fails nothing is written. */
export const lookedUp: Rule = {
  success: 'delivered',
  refusal: 'not-sent|rejected',
  unsure: 'not-sent',
  credentials: 'deferred credentials',
  'slow-down': 'not-sent',
  contradiction: 'not-sent|deferred credentials',
};

/** A file of several: what cannot be had is named, the others go on. */
export const fetched: Rule = {
  success: 'data',
  refusal: 'problem',
  unsure: 'problem|exit 5',
  credentials: 'exit 4',
  'slow-down': 'problem|exit 5',
  contradiction: 'problem|exit 4|exit 5',
};
