import type { Vendor, VendorCommand } from '../core/vendor.js';
import { emit } from '../output/formats.js';
import type { App, CommandDefinition } from './app.js';
import { valuesOfList } from '../engine/rows.js';
import { withSettings } from './options.js';
import { openSession } from './session.js';

async function readList(app: App, path: string, column: string): Promise<string[]> {
  const list = await app.ports.input({ path, skipInvalid: false });
  try {
    return await valuesOfList(list, column);
  } finally {
    await list.close();
  }
}

/** A command a vendor brings itself: its report, printed like any other. */
export const commandDefinition = (vendor: Vendor, command: VendorCommand): CommandDefinition => ({
  ...(command.args === undefined ? {} : { args: command.args }),
  options: command.options,
  run: async (app, { args, options }) => {
    const session = await openSession(app, await app.ports.place(), vendor);
    const report = await command.run({
      context: session.context,
      cwd: app.cwd,
      files: app.ports.files,
      args,
      options: withSettings(command.options, options, session.settings, vendor.id),
      list: (path, column) => readList(app, path, column),
    });
    await emit(report, app.format, app.terminal);
    return report.exit;
  },
});
