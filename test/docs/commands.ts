import type { CommandDefinition, CommandNode } from '../../src/commands/command.js';
import { optionsOf, type OptionSpec } from '../../src/commands/command-line.js';
import { commandsOf } from '../../src/commands/index.js';
import { globalOptions } from '../../src/commands/options.js';
import type { VendorEntry } from '../../src/core/vendor.js';
import { table } from './generated.js';

/** What the pages of docs/commands/ say, made from the declarations of the commands. */

interface Command {
  /** Its name, of one word or several. */
  readonly words: string;
  readonly summary: string;
  readonly definition: CommandDefinition;
}

async function commandsUnder(node: CommandNode, before: readonly string[] = []): Promise<Command[]> {
  const words = [...before, node.name];
  const own: Command[] = node.load
    ? [{ words: words.join(' '), summary: node.summary, definition: await node.load() }]
    : [];
  const children = (await node.children?.()) ?? [];
  return [...own, ...(await Promise.all(children.map((child) => commandsUnder(child, words)))).flat()];
}

const optionTable = (options: readonly OptionSpec[]): string =>
  table(
    ['option', 'meaning'],
    options.map(({ flag, about, required }) => [
      `\`${flag}\`${required ? ' (required)' : ''}`,
      escaped(about),
    ]),
  );

/** Words between angle brackets would be HTML. */
const escaped = (text: string): string => text.replace(/<(\w)/g, '\\<$1');

const sentence = (text: string): string =>
  escaped(`${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? '' : '.'}`);

const anchorOf = ({ words, definition }: Command): string =>
  titleOf({ words, definition })
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const titleOf = ({ words, definition: { args } }: Pick<Command, 'words' | 'definition'>): string =>
  `salesq ${words}${args === undefined ? '' : ` ${args}`}`;

/** Flags that each of the commands has. */
const sharedBy = (commands: readonly Command[]): ReadonlySet<string> => {
  const lists = commands.map(({ definition }) => optionsOf(definition.options).map(({ flag }) => flag));
  return new Set((lists[0] ?? []).filter((flag) => lists.every((list) => list.includes(flag))));
};

function sectionOf(command: Command, ofPush: ReadonlySet<string>): string {
  const { definition, summary } = command;
  const options = optionsOf(definition.options);
  const isPush = [...ofPush].every((flag) => options.some((option) => option.flag === flag));
  const own = options.filter(({ flag }) => !isPush || !ofPush.has(flag));
  const { more = [] } = definition;
  return [
    `## \`${titleOf(command)}\``,
    sentence(summary),
    ...(own.length > 0 ? [optionTable(own)] : []),
    ...(isPush ? ['Also the [options of every push](README.md#options-of-every-push).'] : []),
    ...(more.length > 0 ? [`\`\`\`text\n${more.join('\n')}\n\`\`\``] : []),
  ].join('\n\n');
}

/** A page for every name of the first level, and one of what they have in common, by file name. */
export async function commandPages(
  vendors: readonly VendorEntry[],
): Promise<Readonly<Record<string, string>>> {
  const nodes = commandsOf(vendors);
  const trees = await Promise.all(nodes.map(async (node) => ({ node, commands: await commandsUnder(node) })));
  const loaded = await Promise.all(
    vendors.map(async ({ id, load }) => ({ id, vendor: (await load()).default })),
  );
  const pushes = new Set(
    loaded.flatMap(({ id, vendor }) => vendor.operations.map((operation) => `${id} ${operation.id}`)),
  );
  const all = trees.flatMap(({ commands }) => commands);
  const pushed = all.filter(({ words }) => pushes.has(words));
  const ofPush = sharedBy(pushed);
  const shared = optionsOf(pushed[0]?.definition.options ?? {}).filter(({ flag }) => ofPush.has(flag));
  const pages = trees.map(({ node, commands }) => {
    const about = vendors.some(({ id }) => id === node.name)
      ? `[${node.summary}](../vendors/${node.name}.md).`
      : sentence(node.summary);
    const sections = commands.map((command) => sectionOf(command, ofPush));
    const lead = commands.length > 1 || vendors.some(({ id }) => id === node.name) ? [about] : [];
    return [`${node.name}.md`, [`# ${node.name}`, note, ...lead, ...sections, ''].join('\n\n')] as const;
  });
  const list = trees.flatMap(({ node, commands }) =>
    commands.map((command) => [
      `[\`${command.words}\`](${node.name}.md#${anchorOf(command)})`,
      escaped(command.summary),
    ]),
  );
  const overview = [
    '# Commands',
    note,
    table(['command', 'what it does'], list),
    '## Options of every command',
    'They stand before or after its name.',
    optionTable(optionsOf(globalOptions)),
    '## Options of every push',
    `${pushed.map(({ words }) => `\`${words}\``).join(', ')}.`,
    optionTable(shared),
    'What the options of a file mean is in [files](../files.md), states and exit codes are in [output](../output.md).',
    '',
  ].join('\n\n');
  return { 'README.md': overview, ...Object.fromEntries(pages) };
}

const note = '<!-- made from the commands: UPDATE_DOCS=1 npx vitest run test/docs/commands.test.ts -->';
