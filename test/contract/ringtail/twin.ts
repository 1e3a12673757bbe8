import { isObject, parseJson, plainText, type Json, type JsonObject } from '../../../src/core/json.js';
import type { Contact, TwinAnswer, TwinFactory, TwinRequest } from '../../../src/core/twin.js';

const key = 'sandbox-ringtail-key';

const answer = (status: number, body: JsonObject, changed = false): TwinAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
  changed,
});

/** Ringtail's stand-in: it calls at once. */
class Calls {
  calls: JsonObject[] = [];
  now = 0;

  handle({ method, path, headers, body }: TwinRequest): TwinAnswer {
    if (headers['x-api-key'] !== key) return answer(401, { error: 'wrong key' });
    if (method === 'GET') {
      const call = this.calls.find(({ id }) => path === `/calls/${plainText(id)}`);
      return call ? answer(200, call) : answer(404, { error: 'not found' });
    }
    const wanted = parseJson(new TextDecoder().decode(body));
    if (!isObject(wanted) || typeof wanted['phone'] !== 'string')
      return answer(400, { accepted: false, reason: 'no phone' });
    const id = String(this.calls.length + 1);
    this.calls.push({ ...wanted, id, at: this.now });
    return answer(200, { accepted: true, id }, true);
  }

  contacts(): Contact[] {
    return this.calls.map((call) => ({
      at: Number(call['at']),
      person: plainText(call['phone']).replace('+', ''),
      what: 'call',
      starts: true,
      leadId: plainText(call['id']),
    }));
  }
}

const twin: TwinFactory = {
  id: 'ringtail',
  endpoints: [
    { name: 'calls', path: '/calls', answers: 'json' },
    { name: 'calls/id', path: '/calls/', answers: 'json' },
  ],
  create() {
    const state = new Calls();
    return {
      id: 'ringtail',
      credentials: { key },
      secretFields: ['x-api-key'],
      help: ['every call with a phone is accepted'],
      advance: (now) => void (state.now = now),
      handle: (request) => state.handle(request),
      contacts: () => state.contacts(),
      overview: () => ({ title: 'Ringtail, dialler', rows: [['calls', state.calls.length]] }),
      save: () => state.calls,
      load: (saved: Json) => void (state.calls = [...(saved as readonly JsonObject[])]),
    };
  },
};

export default twin;
