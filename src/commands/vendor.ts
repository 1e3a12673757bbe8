import type { Vendor, Webhook } from '../core/vendor.js';
import type { CommandNode } from './app.js';

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
        load: async () => (await import('./vendor-command.js')).commandDefinition(vendor, command),
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
