import { Exit } from '../../core/errors.js';
import type { JsonObject } from '../../core/json.js';
import { emit } from '../../output/formats.js';
import type { CommandDefinition } from '../app.js';

const list: CommandDefinition = {
  options: [],
  async run(app) {
    const { config, profiles } = await app.ports.profiles();
    const records = profiles.map((profile): JsonObject => ({ ...profile }));
    const columns = [
      { title: 'profile', value: (record: JsonObject) => record['name'] },
      { title: 'default', value: (record: JsonObject) => (record['default'] === true ? 'yes' : '') },
      { title: 'live', value: (record: JsonObject) => (record['live'] === true ? 'yes' : '') },
      {
        title: 'vendors',
        value: (record: JsonObject) => (record['vendors'] as readonly string[]).join(', '),
      },
    ];
    const document = { schema: 'salesq/profiles@1', config, profiles: records };
    const footer = [config === null ? 'No config file; "sandbox" is built in.' : `from ${config}`];
    await emit(
      { document: () => document, records: () => records, columns, footer, exit: Exit.ok },
      app.format,
      app.terminal,
    );
    return Exit.ok;
  },
};

export default list;
