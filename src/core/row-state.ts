/** The states of a row, as the ledger stores and every output prints them. */
export const rowStates = [
  'ready',
  'sending',
  'delivered',
  'already',
  'rejected',
  'in-doubt',
  'invalid',
  'duplicate',
  'blocked',
  'held',
  'withdrawn',
  'abandoned',
] as const;

export type RowState = (typeof rowStates)[number];

/** States in which a person counts as contacted or about to be: no second row may join them. */
export const liveStates = [
  'ready',
  'sending',
  'in-doubt',
  'delivered',
] as const satisfies readonly RowState[];

/** States a plan can give a row before anything is sent. */
export type PlannedState = Extract<RowState, 'ready' | 'invalid' | 'held' | 'blocked' | 'duplicate'>;

/** How many rows of a run are in each state; the sum over all states is the number of rows. */
export type StateCounts = Readonly<Record<RowState, number>>;

export const noCounts = (): Record<RowState, number> =>
  Object.fromEntries(rowStates.map((state) => [state, 0])) as Record<RowState, number>;

/** True for text that names a row state. */
export const isRowState = (text: string): text is RowState => (rowStates as readonly string[]).includes(text);
