import type { JsonObject } from '../../../core/json.js';
import type { Random } from '../../../core/seeded.js';
import { seeded } from '../../../core/seeded.js';
import type { TwinAnswer, TwinRequest } from '../../../core/twin.js';
import { json } from './answers.js';
import type { Centre } from './centre.js';
import type { PhpArray } from './php.js';
import { formOf, queryOf } from './php.js';

/** A call of a function: its arguments where they stood, and the means to answer. */
export interface Ask {
  readonly centre: Centre;
  readonly get: PhpArray;
  readonly post: PhpArray;
  /** Decides what the document leaves open: the same request gets the same forms. */
  readonly random: Random;
  /** Answers with JSON. */
  give(value: JsonObject, changed?: boolean): TwinAnswer;
  /** Where a file is to be had: a whole URL, or one without a host. */
  fileUrl(path: string): string;
}

/** A function of the API. */
export type ApiFunction = (ask: Ask) => TwinAnswer;

export function askOf(centre: Centre, request: TwinRequest): Ask {
  const body = Buffer.from(request.body).toString('latin1');
  const random = seeded('mmdial form', centre.seed, request.path, request.query.toString(), body);
  const host = request.headers['host'];
  return {
    centre,
    get: queryOf(request),
    post: formOf(request),
    random,
    give: (value, changed = false) => json(random, value, changed),
    fileUrl: (path) =>
      host === undefined || random.next() < 0.2 ? `/mmdial${path}` : `http://${host}/mmdial${path}`,
  };
}
