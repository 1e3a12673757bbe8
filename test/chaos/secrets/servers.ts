import { readFile, readdir } from 'node:fs/promises';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { configFor } from '../../support/leads.js';
import { urlOf } from '../../support/listening.js';
import { Desk, finished } from '../../support/program.js';
import { deliver, exportBody } from '../../support/webhook.js';
import { personal, personalIn, secrets, secretsIn } from './canaries.js';

/** Leaks of programs that serve, each in a process of its own. */
export interface Served {
  readonly runs: number;
  readonly leaks: readonly string[];
}

const token = secrets.salesQToken;

/** Everything anybody may post to the webhook, with the secret in every place a careless sender puts it. */
const deliveries: readonly (readonly [string, string | object])[] = [
  ['genuine', exportBody(1, { token })],
  [
    'genuine, the token in a text',
    exportBody(2, {
      token,
      lead: { Phone: '491713920077', note: `my ${token}!`, Nachname: personal.lastName },
    }),
  ],
  ['forged', exportBody(3, { token: secrets.forgedToken })],
  ['without a token', { lead: { Phone: '491713920077' } }],
  ['a token that is a list', exportBody(4, { token: [token] })],
  [
    'two tokens',
    `{"token":${JSON.stringify(token)},"token":${JSON.stringify(secrets.forgedToken)},"lead":{}}`,
  ],
  ['broken behind the token', `{"lead":{},"token":${JSON.stringify(token)}`],
  ['broken inside the token', `{"lead":{},"token":"${token.slice(0, 12)}`],
  ['a form', `lead=1&token=${encodeURIComponent(token)}`],
  ['single quotes', `{token: '${token.replaceAll("'", '')}', lead: {}}`],
  ['a list', [{ token }]],
  ['nothing known', { token, lead: 'x', secret: secrets.cookie.slice(0, 0) }],
];

/** `listen`, with deliveries of every kind, and what `listen list` shows of them. */
async function listening(): Promise<string[]> {
  const desk = await Desk.open();
  try {
    await desk.write('.salesqrc', configFor('http://127.0.0.1:9'));
    const env = { TEST_TOKEN: token, SALESQ_PROFILE: 'acme' };
    const child = desk.start(['sales-q', 'listen', '--port', '0', '-v'], { env });
    const end = finished(child);
    const argv = argumentsOf(child.pid);
    const url = await urlOf(child);
    for (const [, body] of deliveries) await deliver(url, body as string).catch(() => null);
    await deliver(`${url}?token=${encodeURIComponent(token)}`, exportBody(9, { token })).catch(() => null);
    child.kill('SIGTERM');
    const told = await end;
    const shown = [
      await desk.run(['sales-q', 'listen', 'list', '-o', 'json', '-v'], { env }),
      await desk.run(['sales-q', 'listen', 'list', '--quarantined', '-o', 'json', '-v'], { env }),
    ];
    return [
      ...[told, ...shown].flatMap(({ stdout, stderr }) => [
        ...secretsIn(stdout).map((mark) => `listen: ${mark} on stdout`),
        ...secretsIn(stderr).map((mark) => `listen: ${mark} on stderr`),
        ...personalIn(stderr).map((what) => `listen: ${what} on stderr`),
      ]),
      ...(await argv).flatMap((text) =>
        secretsIn(text).map((mark) => `listen: ${mark} in the arguments of a process`),
      ),
      ...(await inFiles(desk.folder, 'listen', new Set())),
    ];
  } finally {
    await desk.close();
  }
}

/** The sandbox and a push with a wrong token: what it logs, shows and keeps of both. */
async function sandbox(): Promise<string[]> {
  const desk = await Desk.open();
  try {
    const args = [
      'sandbox',
      '--port',
      '0',
      '--state',
      desk.path('state.json'),
      '-v',
      '--fault',
      'sales-q/import:500@2',
    ];
    const child = desk.start(args);
    const end = finished(child);
    const [first] = (await once(child.stdout ?? child, 'data')) as [Buffer];
    const url = first.toString('utf8').trim();
    await desk.write('leads.csv', `Telefon;Nachname\n+49${personal.phone};${personal.lastName}\n`);
    await desk.write('.salesqrc', JSON.stringify({ profiles: { acme: { vendors: vendorsAt(url) } } }));
    const env = { TOKEN: secrets.sandboxToken, SALESQ_PROFILE: 'acme' };
    const told = [];
    for (const command of [
      ['sales-q', 'import'],
      ['comunik8', 'add'],
      ['mmdial', 'leads', 'add'],
      ['mmdial', 'dnc', 'add', '--from'],
    ])
      told.push(await desk.run([...command, 'leads.csv', '-v', '-o', 'json'], { env }));
    told.push(await desk.run(['profiles', 'check', '-v', '-o', 'json'], { env }));
    const pages = await Promise.all(
      ['/', '/_sandbox/requests', '/_sandbox/contacts', '/_sandbox/faults'].map((path) =>
        fetch(url + path).then((answer) => answer.text()),
      ),
    );
    await delay(300);
    child.kill('SIGTERM');
    told.push(await end);
    return [
      ...told.flatMap(({ stdout, stderr }) =>
        secretsIn(stdout + stderr).map((mark) => `sandbox: ${mark} is said`),
      ),
      ...pages.flatMap((page) => secretsIn(page).map((mark) => `sandbox: ${mark} on its pages`)),
      ...(await inFiles(desk.folder, 'sandbox', new Set(['.salesqrc', 'leads.csv']))),
    ];
  } finally {
    await desk.close();
  }
}

const vendorsAt = (url: string): object => ({
  'sales-q': { url: `${url}/sales-q`, token: 'env:TOKEN' },
  comunik8: { url: `${url}/comunik8`, key: 'env:TOKEN', type: 'motor-trade' },
  calltouch: { url: `${url}/calltouch`, token: 'env:TOKEN', siteId: 4711 },
  mmdial: { url: `${url}/mmdial`, username: 'ops', password: 'env:TOKEN', campaign: 12, list: 34 },
});

async function inFiles(folder: string, who: string, given: ReadonlySet<string>): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => !given.has(name));
  const found = await Promise.all(
    names.map(async (name) =>
      secretsIn(await readFile(join(folder, name)).catch(() => Buffer.alloc(0))).map(
        (mark) => `${who}: ${mark} in ${name}`,
      ),
    ),
  );
  return found.flat();
}

/** The arguments of a process and of its children while it starts, where the system shows them. */
async function argumentsOf(pid: number | undefined): Promise<string[]> {
  const seen: string[] = [];
  for (let count = 0; count < 20; count += 1) {
    for (const one of [pid, ...(await childrenOf(pid))])
      seen.push(await readFile(`/proc/${one}/cmdline`, 'utf8').catch(() => ''));
    await delay(10);
  }
  return [...new Set(seen)];
}

const childrenOf = async (pid: number | undefined): Promise<string[]> =>
  (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')).split(' ').filter(Boolean);

export async function servers(): Promise<Served> {
  return { runs: deliveries.length + 9, leaks: [...(await listening()), ...(await sandbox())] };
}
