import type { FastifyInstance } from 'fastify';
import { UserError } from '../../core/errors.js';
import { isObject, parseJson } from '../../core/json.js';
import type { Faults } from './faults.js';

/** `GET /_sandbox/faults`, and `POST` of `{"faults": ["…"]}`, which takes the place of those there are; `[]` ends them. */
export function addFaultPage(app: FastifyInstance, faults: Faults): void {
  app.get('/_sandbox/faults', () => faults.report());
  app.post('/_sandbox/faults', async (request, reply) => {
    const texts = textsOf(Buffer.isBuffer(request.body) ? request.body.toString('utf8') : '');
    if (!texts) return reply.code(400).send({ error: 'faults must be a list of texts' });
    try {
      faults.set(texts);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const { code, message, hint } = error;
      return reply.code(400).send({ error: message, code, hint });
    }
    return faults.report();
  });
}

function textsOf(body: string): readonly string[] | null {
  const json = parseJson(body);
  const texts = isObject(json) ? json['faults'] : undefined;
  if (!Array.isArray(texts) || !texts.every((text) => typeof text === 'string')) return null;
  return texts;
}
