import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { rooms } from './support/rooms.js';

/** Who may import `node:fs`, besides `files.ts`: to read and to look. */
const usesDisk = [
  'rehearsal/demo-shell.ts',
  'wiring.ts',
  'config/document.ts',
  'config/place.ts',
  'config/secrets.ts',
  'input/file.ts',
  'ledger/admin/sqlite.ts',
  'ledger/owner.ts',
  'ledger/sqlite/open.ts',
  'package.ts',
];

/** What of `node:fs` changes nothing on disk; `open` is for reading here. */
const reads =
  /^(access|constants|createReadStream|existsSync|FileHandle|lstat|open|readdir|readFile|readFileSync|readlinkSync|realpath|stat|statSync)$/;

const root = path.resolve(import.meta.dirname, '../src');

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const file = path.join(folder, name);
    if (statSync(file).isDirectory()) return sources(file);
    return name.endsWith('.ts') ? [file] : [];
  });
}

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
  readonly whenCalled: boolean;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const pattern = /(import\s+type\s[^;]*?from\s+|(?:import|export)\s[^;]*?from\s+|import\(\s*)'(\.[^']+)'/g;
  return [...text.matchAll(pattern)].map((match) => ({
    from: path.relative(root, file),
    to: path.relative(root, path.resolve(path.dirname(file), (match[2] ?? '').replace(/\.js$/, '.ts'))),
    typeOnly: (match[1] ?? '').startsWith('import type'),
    whenCalled: (match[1] ?? '').startsWith('import('),
  }));
}

const files = sources(root);
const imports = files.flatMap(importsOf);
const roomOf = (file: string): string => file.split(path.sep)[0] ?? file;

/** Imports from one room, `a`, of another, `b`. */
const crossing = imports
  .map((one) => ({ ...one, a: roomOf(one.from), b: roomOf(one.to) }))
  .filter(({ a, b }) => a !== b);

describe('the house', () => {
  it('has rooms that import only what they may', () => {
    const wrong = crossing.filter(({ a, b }) => !Object.hasOwn(rooms[a]?.imports ?? {}, b));
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it('lets rooms import only what they need', () => {
    const unused = Object.entries(rooms).flatMap(([a, { imports: allowed }]) =>
      Object.keys(allowed)
        .filter((b) => !crossing.some((one) => one.a === a && one.b === b))
        .map((b) => `${a} -> ${b}`),
    );
    expect(unused).toEqual([]);
  });

  it('loads the sandbox and the webhook when they are called, so that every other command starts fast', () => {
    const early = crossing.filter(
      ({ a, b, typeOnly, whenCalled }) => rooms[a]?.whenCalled?.includes(b) && !typeOnly && !whenCalled,
    );
    expect(early.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it('makes places in one file, so that no command finds its ledger by a rule of its own', () => {
    const makers = files
      .filter((file) => /\bas (unknown as )?Place\b|new WeakMap<Place/.test(readFileSync(file, 'utf8')))
      .map((file) => path.relative(root, file));
    expect(makers).toEqual([path.join('config', 'place.ts')]);
  });

  it('keeps vendors apart from each other', () => {
    const vendorOf = (file: string): string | null => /^vendors[/\\]([^/\\]+)[/\\]/.exec(file)?.[1] ?? null;
    const wrong = imports.filter(({ from, to }) => {
      const [a, b] = [vendorOf(from), vendorOf(to)];
      return a !== null && b !== null && a !== b;
    });
    expect(wrong).toEqual([]);
  });

  it('keeps a twin apart from its client, so that one misreading is not built twice', () => {
    const wrong = imports.filter(({ from, to }) => {
      const twin = /^vendors[/\\][^/\\]+[/\\]twin[/\\]/;
      return twin.test(from) && to.startsWith('vendors') && !twin.test(to);
    });
    expect(wrong).toEqual([]);
  });

  it('touches the disk in few places, and writes to it in one', () => {
    const wrong = files.flatMap((file) => {
      const name = path.relative(root, file).split(path.sep).join('/');
      if (name === 'files.ts') return [];
      const text = readFileSync(file, 'utf8');
      if (!/['"](node:)?fs(\/promises)?['"]/.test(text)) return [];
      if (!usesDisk.includes(name)) return [`${name} uses node:fs`];
      const taken = [...text.matchAll(/import\s+([^;]*?)\s+from\s+'node:fs(?:\/promises)?'/g)].flatMap(
        ([, names = '']) => names.replace(/[{}]|\btype\b/g, '').split(','),
      );
      return taken
        .map((one) => one.trim())
        .filter((one) => one !== '' && !reads.test(one))
        .map((one) => `${name} takes ${one} from node:fs`);
    });
    expect(wrong).toEqual([]);
  });

  it('sends what a vendor asks for in one place, where secrets are blotted out of the answer', () => {
    const wrong = files.flatMap((file) => {
      const name = path.relative(root, file).split(path.sep).join('/');
      const isClient = /^vendors\/[^/]+\/(?!twin\/)/.test(name);
      return isClient && /\bhttp\b\s*(?:\.\s*send\b|[,}])|\bfetch\(/.test(codeOf(file)) ? [name] : [];
    });
    expect(wrong).toEqual([]);
  });

  it('has no circle of imports', () => {
    const graph = new Map(files.map((file) => [path.relative(root, file), [] as string[]]));
    for (const { from, to } of imports) graph.get(from)?.push(to);
    expect(circleIn(graph)).toEqual([]);
  });

  it('knows no vendor by name outside its folder and the registry', () => {
    const ids = readdirSync(path.join(root, 'vendors')).filter((name) => !name.endsWith('.ts'));
    const wrong = files.filter((file) => {
      const room = roomOf(path.relative(root, file));
      if (room !== 'engine' && room !== 'ledger' && room !== 'core') return false;
      const code = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
      return ids.some((id) => code.toLowerCase().includes(id));
    });
    expect(wrong).toEqual([]);
  });

  it('has a folder for every vendor in the registry and a line for every folder', async () => {
    const { vendors } = await import('../src/vendors/index.js');
    const folders = readdirSync(path.join(root, 'vendors')).filter((name) => !name.endsWith('.ts'));
    expect(vendors.map(({ id }) => id).sort()).toEqual(folders.sort());
  });
});

const numberModule = path.join('core', 'number.ts');

/** Who may take which functions and classes of core/number.ts; everybody may take its types. */
const mayTake: readonly (readonly [folder: string, names: readonly string[]])[] = [
  [path.join('vendors', ''), ['PhoneNumber', 'OutgoingNumber', 'bytesOf']],
  [path.join('engine', 'reconcile.ts'), ['lookUp']],
  ...['core', 'ledger', 'engine'].map((room): readonly [string, readonly string[]] => [
    path.join(room, ''),
    [
      'PhoneNumber',
      'seal',
      'unseal',
      'clear',
      'keyOf',
      'textOfKey',
      'contentOf',
      'numbersIn',
      'shownNumbers',
      'withoutNumbers',
      'subjectOf',
      'ownNumbers',
      'peopleOf',
      'bytesOf',
    ],
  ]),
];

/** What a file takes of core/number.ts beside types, by the names it has there; `*` for everything. */
function takenOf(file: string): string[] {
  const text = codeOf(file);
  const isIt = (to = ''): boolean =>
    path.relative(root, path.resolve(path.dirname(file), to.replace(/\.js$/, '.ts'))) === numberModule;
  const dynamic = [...text.matchAll(/import\(\s*['"`](\.[^'"`]+)/g)].filter(([, to]) => isIt(to));
  const found = [...text.matchAll(/\b(?:import|export)\s([^;'"]*?)\sfrom\s+['"](\.[^'"]+)['"]/g)];
  const names = found.flatMap(([, clause = '', to]) => {
    if (!isIt(to) || /^type\s/.test(clause)) return [];
    const inside = /^\{([^}]*)\}$/.exec(clause.trim())?.[1];
    if (inside === undefined) return ['*'];
    return inside
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && !/^type\s/.test(name));
  });
  return [...names, ...dynamic.map(() => '*')];
}

const codeOf = (file: string): string => readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');

describe('a number', () => {
  it('is opened, sealed and compared by those alone who may', () => {
    const wrong = files.flatMap((file) => {
      const name = path.relative(root, file);
      const allowed = mayTake.flatMap(([folder, names]) => (name.startsWith(folder) ? names : []));
      return takenOf(file).flatMap((taken) => (allowed.includes(taken) ? [] : [`${name} takes ${taken}`]));
    });
    expect(wrong).toEqual([]);
  });

  it('is never called cleared by a cast', () => {
    const cast =
      /\bas\s[^;,){}=]*\b(?:OutgoingNumber|Cleared|Opened|PhoneKey)\b|<(?:OutgoingNumber|Cleared)\b[^>]*>\s*[({[\w]/;
    const wrong = files
      .filter((file) => path.relative(root, file) !== numberModule)
      .flatMap(
        (file) => cast.exec(codeOf(file))?.map((text) => `${path.relative(root, file)}: ${text}`) ?? [],
      );
    expect(wrong).toEqual([]);
  });

  it('is a field of its own kind wherever a column of numbers may go', async () => {
    const { vendors } = await import('../src/vendors/index.js');
    const all = await Promise.all(vendors.map(async ({ load }) => (await load()).default));
    const fields = all.flatMap(({ id, operations }) =>
      operations.flatMap((operation) =>
        operation.fields.map((field) => ({ ...field, name: `${id} ${operation.id}: ${field.name}` })),
      ),
    );
    const ofPhones = fields.filter(
      ({ column }) => column?.concept === 'phone' || column?.concept === 'other-phone',
    );
    expect(ofPhones.length).toBeGreaterThan(0);
    const text = ofPhones.filter(({ type }) => type.kind !== 'phone' && type.kind !== 'phone-text');
    expect(text.map(({ name }) => name)).toEqual([]);
    const dialledText = fields.filter(({ type, dials }) => dials && type.kind !== 'phone');
    expect(dialledText.map(({ name }) => name)).toEqual([]);
  });
});

/** A circle, if there is one, as the files on it. */
function circleIn(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const walk = (file: string, trail: readonly string[]): string[] => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file];
    if (done.has(file)) return [];
    for (const next of graph.get(file) ?? []) {
      const circle = walk(next, [...trail, file]);
      if (circle.length > 0) return circle;
    }
    done.add(file);
    return [];
  };
  for (const file of graph.keys()) {
    const circle = walk(file, []);
    if (circle.length > 0) return circle;
  }
  return [];
}
