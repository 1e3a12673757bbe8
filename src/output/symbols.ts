import type { RowState } from '../core/row-state.js';
import type { Paint, Tone } from './color.js';

interface StateMark {
  readonly unicode: string;
  readonly ascii: string;
  readonly tone: Tone;
}

const marks: Readonly<Record<RowState, StateMark>> = {
  ready: { unicode: '○', ascii: 'o', tone: 'info' },
  sending: { unicode: '→', ascii: '>', tone: 'info' },
  delivered: { unicode: '✔', ascii: '+', tone: 'good' },
  already: { unicode: '=', ascii: '=', tone: 'good' },
  rejected: { unicode: '✖', ascii: 'x', tone: 'bad' },
  'in-doubt': { unicode: '?', ascii: '?', tone: 'warn' },
  invalid: { unicode: '!', ascii: '!', tone: 'bad' },
  duplicate: { unicode: '~', ascii: '~', tone: 'dim' },
  blocked: { unicode: '⊘', ascii: '#', tone: 'warn' },
  held: { unicode: '‖', ascii: '|', tone: 'warn' },
  withdrawn: { unicode: '↩', ascii: '<', tone: 'dim' },
  abandoned: { unicode: '–', ascii: '-', tone: 'dim' },
};

/** The sign of a state: says the same as its colour, so that colour is never needed. */
export const stateSymbol = (state: RowState, unicode: boolean): string =>
  unicode ? marks[state].unicode : marks[state].ascii;

export const stateTone = (state: RowState): Tone => marks[state].tone;

/** `✔ delivered`, coloured where there are colours. */
export const stateText = (state: RowState, unicode: boolean, paint: Paint): string =>
  paint(marks[state].tone, `${stateSymbol(state, unicode)} ${state}`);
