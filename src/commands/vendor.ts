import { Exit, type ExitCode } from '../core/errors.js';
import { shownEntry } from '../core/phone-key.js';
import type { Place } from '../core/place.js';
import type { Vendor, Webhook, VendorCommand } from '../core/vendor.js';
import { type CommandNode, type App, type CommandDefinition, openSession, print } from './command.js';
import { fileNumbers, partly, tellUnread } from './numbers.js';
import { withSettings } from './options.js';

interface Leaf {
  readonly path: readonly string[];
  readonly node: Omit<CommandNode, 'name'>;
}

/** The commands of a vendor, made from what it declares; an id of two words (`leads add`) is a command in a group. */
export function vendorCommands(vendor: Vendor): CommandNode[] {
  const leaves: Leaf[] = [
    ...vendor.operations.map((operation) => ({
      path: operation.id.split(' '),
      node: {
        summary: operation.summary,
        load: async () => (await import('./push.js')).pushDefinition(vendor, operation),
      },
    })),
    ...vendor.commands.map((command) => ({
      path: command.id.split(' '),
      node: {
        summary: command.summary,
        load: () => Promise.resolve(commandDefinition(vendor, command)),
      },
    })),
  ];
  return [...treeOf(leaves), ...(vendor.webhook ? [listenNode(vendor, vendor.webhook)] : [])];
}

/** A command, and a group: `listen` receives, `listen list` shows what was received. */
const listenNode = (vendor: Vendor, webhook: Webhook): CommandNode => ({
  name: 'listen',
  summary: `receive what ${vendor.title} posts to a webhook`,
  load: async () => (await import('./listen.js')).listenDefinition(vendor, webhook),
  children: () =>
    Promise.resolve([
      {
        name: 'list',
        summary: 'what was received',
        load: async () => (await import('./listen.js')).listDefinition(vendor),
      },
    ]),
});

function treeOf(leaves: readonly Leaf[]): CommandNode[] {
  const names = [...new Set(leaves.map(({ path }) => path[0] ?? ''))];
  return names.map((name) => {
    const own = leaves.filter(({ path }) => path[0] === name);
    const leaf = own.find(({ path }) => path.length === 1);
    if (leaf) return { name, ...leaf.node };
    const inner = own.map(({ path, node }) => ({ path: path.slice(1), node }));
    const children = treeOf(inner);
    return {
      name,
      summary: children.map((child) => child.name).join(', '),
      children: () => Promise.resolve(children),
    };
  });
}

/** The numbers of a list the user named, as they are written; lines that hold none are named. */
async function readList(app: App, path: string, { reads }: Place) {
  const list = await fileNumbers(app, path, [reads]);
  tellUnread(app, list);
  const numbers = list.numbers.flatMap(({ text, entries }) =>
    text === null ? entries.map(shownEntry) : [text],
  );
  return { numbers: [...new Set(numbers)], exit: partly(list.unread) };
}

/** A command a vendor brings itself: its report, printed like any other. */
const commandDefinition = (vendor: Vendor, command: VendorCommand): CommandDefinition => ({
  ...(command.args === undefined ? {} : { args: command.args }),
  options: command.options,
  run: async (app, { args, options }) => {
    const session = await openSession(app, await app.ports.place(), vendor);
    let exit: ExitCode = Exit.ok;
    const report = await command.run({
      context: session.context,
      cwd: app.cwd,
      files: app.ports.files,
      args,
      options: withSettings(command.options, options, session.settings, vendor.id),
      list: async (path) => {
        const read = await readList(app, path, session.place);
        ({ exit } = read);
        return read.numbers;
      },
    });
    return print(app, report.exit === Exit.ok ? { ...report, exit } : report);
  },
});
