import { Exit } from '../../core/errors.js';
import type { JsonObject } from '../../core/json.js';
import { plainText } from '../../core/json.js';
import type { PushSummary } from '../../core/push-summary.js';
import { emit } from '../../output/formats.js';
import { pushSummary } from '../../output/views/push.js';
import type { CommandDefinition } from '../app.js';
import { withRun } from './find.js';
import { runSummary } from './summary.js';

const show: CommandDefinition = {
  args: '<run>',
  options: [],
  more: ['<run> is an id, a unique prefix, or "last".'],
  run: (app, { args }) =>
    withRun(app, args[0] ?? 'last', async ({ ledger, run, place }) => {
      const summary = await runSummary(ledger, run, place);
      const document: JsonObject = { ...summary, account: run.account, settings: run.settings };
      if (app.format !== 'table') {
        const columns = Object.keys(flat(document)).map((title) => ({
          title,
          value: (record: JsonObject) => flat(record)[title],
        }));
        await emit(
          { document: () => document, records: () => [document], columns, exit: Exit.ok },
          app.format,
          app.terminal,
        );
        return Exit.ok;
      }
      const paint = await app.terminal.paint('stdout');
      const lines = pushSummary(document as unknown as PushSummary, { unicode: app.terminal.unicode, paint });
      await app.terminal.write(
        `${lines.join('\n')}\nstarted ${plainText(summary['createdAt'])}, last change ${plainText(summary['updatedAt'])}\n`,
      );
      return Exit.ok;
    }),
};

/** A summary as one record: the counts beside the rest. */
function flat(document: JsonObject): JsonObject {
  const { counts, source, settings, next, ...rest } = document;
  void next;
  const { name } = (source ?? {}) as JsonObject;
  return {
    ...rest,
    source: name ?? null,
    ...((counts ?? {}) as JsonObject),
    settings: JSON.stringify(settings ?? null),
  };
}

export default show;
