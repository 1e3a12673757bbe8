import { Exit } from '../../core/errors.js';
import type { JsonObject } from '../../core/json.js';
import { emit } from '../../output/formats.js';
import type { CommandDefinition } from '../app.js';

const show: CommandDefinition = {
  args: '[name]',
  options: [],
  more: ['Secrets are never shown, only whether they are there and where they come from.'],
  async run(app, { args }) {
    const { profile, config, settings } = await app.ports.describeProfile(args[0]);
    const records = settings.map((setting): JsonObject => ({ ...setting }));
    const columns = [
      { title: 'setting', value: (record: JsonObject) => record['path'] },
      { title: 'value', value: (record: JsonObject) => record['value'] },
      { title: 'from', value: (record: JsonObject) => record['origin'] },
    ];
    const document = { schema: 'salesq/profile@1', profile, config, settings: records };
    await emit(
      { document: () => document, records: () => records, columns, exit: Exit.ok },
      app.format,
      app.terminal,
    );
    return Exit.ok;
  },
};

export default show;
