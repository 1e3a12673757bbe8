import type { TwinAnswer } from '../../core/twin.js';

/** What the client is given of a request. */
export type Told =
  | { readonly how: 'whole'; readonly answer: TwinAnswer }
  /** The whole answer, so many real milliseconds later. */
  | { readonly how: 'late'; readonly answer: TwinAnswer; readonly ms: number }
  /** One byte of the body every so many real milliseconds. */
  | { readonly how: 'drip'; readonly answer: TwinAnswer; readonly everyMs: number }
  /** So many bytes of the body, null for half of it, then the end of the connection: fewer than were announced. */
  | { readonly how: 'cut'; readonly answer: TwinAnswer; readonly bytes: number | null }
  | { readonly how: 'reset' }
  /** Nothing; the connection is closed after `ms`, or when the client gives up where that is null. */
  | { readonly how: 'silence'; readonly ms: number | null }
  /** Everybody's connection is cut, and new ones are refused for so many real milliseconds. */
  | { readonly how: 'down'; readonly ms: number };

/** Status as the client saw it; 0 where it saw none. */
export const statusOf = (told: Told): number => ('answer' in told ? told.answer.status : 0);
