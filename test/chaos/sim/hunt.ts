import { SharedDatabase } from './database.js';
import { plots, type PlotName } from './plot.js';
import { tell, type Client } from './seed.js';

/** Where a wrong client gave itself away. */
export interface Prey {
  readonly seed: number;
  readonly failures: readonly string[];
}

/** Most seeds a wrong client may get through. */
const most = 600;

/** Tells stories of a client from a seed on until one shows that it is wrong; null where none does. */
export async function hunt(client: Client, plot: PlotName, from: number): Promise<Prey | null> {
  const database = await SharedDatabase.open(client.prepare);
  try {
    for (let seed = from; seed < from + most; seed += 1) {
      const { failures } = await tell(database, seed, plots[plot], client);
      if (failures.length > 0) return { seed, failures };
    }
    return null;
  } finally {
    await database.close();
  }
}
