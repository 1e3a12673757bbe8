import { Exit, temporary } from '../../../src/core/errors.js';
import { bodyText } from '../../../src/core/http.js';
import { isObject, parseJson, type JsonObject } from '../../../src/core/json.js';
import type { VendorCommand, VendorContext } from '../../../src/core/vendor.js';
import { ask } from './client.js';

/** A call as Ringtail has it; null where it has none. Throws UserError (exit 5) where that cannot be known. */
export async function fetchCall(context: VendorContext, id: string): Promise<JsonObject | null> {
  const result = await ask(context, 'GET', `calls/${encodeURIComponent(id)}`);
  if (result.kind === 'answer' && result.status === 404) return null;
  const body = result.kind === 'answer' && result.status === 200 ? parseJson(bodyText(result.body)) : null;
  if (isObject(body)) return body;
  throw temporary({
    code: 'vendor.unreadable-answer',
    message: 'Ringtail did not show the call',
    hint: 'Nothing was changed; try again later',
  });
}

/** `GET /calls/<id>` */
export const findCall: VendorCommand = {
  id: 'find',
  summary: 'show a call',
  args: '<id>',
  options: {},
  async run({ context, args }) {
    const call = await fetchCall(context, args[0] ?? '');
    const records = call ? [call] : [];
    return {
      document: () => ({ schema: 'salesq/ringtail-calls@1', calls: records }),
      records: () => records,
      columns: [
        { title: 'id', value: (record) => record['id'] },
        { title: 'phone', value: (record) => record['phone'], kind: 'phone' },
        { title: 'name', value: (record) => record['name'] },
      ],
      empty: 'No such call.',
      exit: call ? Exit.ok : Exit.partial,
    };
  },
};
