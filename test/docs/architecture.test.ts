import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { rooms, type Room } from '../support/rooms.js';
import { expectTables, table } from './generated.js';
import { repository } from './markdown.js';

const named = (room: string): string => `\`${room}${room.endsWith('.ts') ? '' : '/'}\``;

/** What a room may import, each with its reason; the contracts in core need none. */
const importsOf = ({ imports, whenCalled = [] }: Room): string =>
  Object.entries(imports)
    .map(([room, reason]) => {
      const when = whenCalled.includes(room) ? ', loaded when called' : '';
      return room === 'core' ? named(room) : `${named(room)} (${reason}${when})`;
    })
    .join(', ');

const roomTable = table(
  ['room', 'holds', 'may import'],
  Object.entries(rooms).map(([name, room]) => [named(name), room.holds, importsOf(room)]),
);

describe('what is written about the architecture', () => {
  it('is, of the rooms, what test/architecture.test.ts holds the code to', () =>
    expectTables('docs/architecture.md', { 'rooms of src': roomTable }));

  it('is 600 words at most, tables aside', () => {
    const [text = ''] = readFileSync(path.join(repository, 'docs/architecture.md'), 'utf8').split(
      '## Dependencies',
    );
    expect(text.replace(/^\|.*$/gm, '').split(/\s+/).length).toBeLessThanOrEqual(600);
  });
});
