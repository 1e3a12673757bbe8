import type { PlotName } from '../sim/plot.js';
import type { Client } from '../sim/seed.js';

/** A client with one wrong idea in it, and what shows that it is wrong. */
export interface KnownBad {
  readonly id: string;
  /** The wrong idea, in the words of one who has it. */
  readonly idea: string;
  /** Below test/. */
  readonly file: string;
  readonly caught: Catching;
}

/** By seeds of a plot, told from `from` on: one of them must end with one of these failures. */
export interface BySimulation {
  readonly by: 'simulation';
  readonly plot: PlotName;
  readonly from: number;
  readonly client: Client;
  readonly as: readonly string[];
}

/** By a test of the default suite, named by a piece of its title. */
export interface ByTest {
  readonly by: 'test';
  readonly file: string;
  readonly title: string;
}

/** By a part of the chaos suite, which tries it and counts it there. */
export interface ByPart {
  readonly by: 'part';
  readonly part: string;
}

export type Catching = BySimulation | ByTest | ByPart;
