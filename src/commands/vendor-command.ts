import type { OptionValues, Vendor, VendorCommand } from '../core/vendor.js';
import { openSession } from '../compose.js';
import { files } from '../files.js';
import { emit } from '../output/formats.js';
import type { CommandDefinition } from './app.js';
import { readList } from './push/number-list.js';

/** A command a vendor brings itself: its report, printed like any other. */
export const commandDefinition = (vendor: Vendor, command: VendorCommand): CommandDefinition => ({
  ...(command.args === undefined ? {} : { args: command.args }),
  options: command.options,
  run: async (app, { args, options }) => {
    const session = await openSession(app, vendor, {});
    const report = await command.run({
      context: session.context,
      cwd: app.cwd,
      files,
      args,
      options: options as OptionValues,
      list: (path, column) => readList(app, path, column),
    });
    await emit(report, app.format, app.terminal);
    return report.exit;
  },
});
