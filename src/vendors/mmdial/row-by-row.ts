import { Exit, UserError } from '../../core/errors.js';
import type { SealedObject } from '../../core/number.js';
import type { DoubtfulRow, Sighting } from '../../core/read-back.js';
import { unclear } from '../../core/read-back.js';

/** Faults of the way there, not of one answer: asking for the next row would meet them too. */
const isDown = ({ code }: UserError): boolean => code.startsWith('net.') || code === 'vendor.unavailable';

/**
 * Looks for rows one by one. An answer that cannot be used leaves its row unclear. Where mmDial is down what was seen
 * before is kept, the others stay unspoken of. Throws UserError for refused credentials, or where nothing could be read.
 */
export async function rowByRow<P extends SealedObject>(
  signal: AbortSignal,
  rows: readonly DoubtfulRow<P>[],
  look: (row: DoubtfulRow<P>) => Promise<Sighting>,
): Promise<Sighting[]> {
  const sightings: Sighting[] = [];
  for (const row of rows) {
    if (signal.aborted) break;
    try {
      sightings.push(await look(row));
    } catch (error) {
      if (!(error instanceof UserError) || error.exit === Exit.credentials) throw error;
      const down = isDown(error);
      if (down && sightings.length === 0) throw error;
      sightings.push(unclear(row, error.code, error.message));
      if (down) break;
    }
  }
  return sightings;
}
