import type { CommandNode } from '../../../src/commands/command.js';
import { commandsOf } from '../../../src/commands/index.js';
import { vendors } from '../../../src/vendors/index.js';

/** Commands that serve or start others: they are tried in processes of their own. */
const servers = new Set(['demo', 'sandbox', 'sales-q listen']);

/** What a command is called with; a new command without a line here is called without anything. */
const calls: Readonly<Record<string, readonly string[]>> = {
  'sales-q import': ['leads.csv', '--results', 'results.csv'],
  'sales-q remove': ['5b929a13e7c7543ce399ea13', '--message', 'Auf Wiedersehen', '-y'],
  'comunik8 add': ['leads.csv', '--type', 'motor-trade', '--results', 'results.csv'],
  'comunik8 cancel': ['leads.csv', '--type', 'motor-trade'],
  'calltouch comment': ['comments.csv', '--results', 'results.csv'],
  'mmdial dnc add': ['01713920077'],
  'mmdial dnc remove': ['01713920077', '--reason', 'consent', '-y'],
  'mmdial dnc check': ['01713920077'],
  'mmdial leads add': ['leads.csv', '--results', 'results.csv'],
  'mmdial leads edit': ['edits.csv'],
  'mmdial leads get': ['--phone', '01713920077'],
  'mmdial lists add': ['--description', 'Herbst'],
  'mmdial voices': ['--lead', '7', '--download', 'voices'],
  'mmdial agents get': ['7'],
  'mmdial export': ['--out', 'export.csv'],
  'runs show': ['last'],
  'runs rows': ['last'],
  'runs abandon': ['last', '--reason', 'wrong file'],
  'runs resume': ['last'],
  'runs work': ['last'],
  'runs retry': ['last'],
  'runs reconcile': ['last'],
  'runs resolve': ['last', '--row', '1', '--as', 'not-sent', '--reason', 'looked'],
  'dnc add': ['01713920077', '--reason', 'asked'],
  'dnc remove': ['01713920077', '--reason', 'consent', '-y'],
  'dnc check': ['01713920077'],
  'ledger backup': ['backup.db', '--force'],
  'ledger copy': ['copy.db'],
  'ledger purge': ['--older-than', '90d'],
};

async function leaves(nodes: readonly CommandNode[], path: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const node of nodes) {
    const own = [...path, node.name];
    if (node.load) found.push(own.join(' '));
    if (node.children) found.push(...(await leaves(await node.children(), own)));
  }
  return found;
}

/** Every command line there is to try: each command of the program, new ones too. */
export async function commandLines(): Promise<string[][]> {
  const names = await leaves(commandsOf(vendors), []);
  return names
    .filter((name) => !servers.has(name))
    .map((name) => [...name.split(' '), ...(calls[name] ?? [])]);
}
