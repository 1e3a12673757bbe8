import { deliver } from '../support/webhook.js';
import { compact, objectTexts } from '../support/json-texts.js';
import { digits, fictitious } from '../support/leads.js';
import { startListening } from '../support/listening.js';
import { Desk, type Finished } from '../support/program.js';
import { openSandbox, sandboxEnv } from '../support/sandboxed.js';
import { type Received, VendorServer } from '../support/vendor-server.js';

/** What comes in leaves again, digit for digit and key for key: one play for each way through the program. */
export interface ExactPlay {
  readonly name: string;
  /** Names each text that was changed on its way. */
  readonly faults: (desk: Desk) => Promise<string[]>;
}

const secrets = {
  TEST_KEY: 'CANARY-key-0001',
  TEST_TOKEN: 'CANARY-token-0001',
  TEST_PASSWORD: 'CANARY-pw-0001',
};
const env = { ...secrets, SALESQ_PROFILE: 'acme' };

const config = (url: string): string => `profiles:
  acme:
    country: DE
    vendors:
      comunik8: { url: "${url}/c8", key: "env:TEST_KEY", type: motor-trade, rate: 1000/s }
      sales-q: { url: "${url}/sq", token: "env:TEST_TOKEN", rate: 1000/s }
      mmdial: { url: "${url}/mm/", username: ops, password: "env:TEST_PASSWORD", campaign: 12, list: 34, rate: 1000/s }
`;

/** A vendor that gives these texts, byte for byte, to whoever asks. */
async function withVendor<T>(
  desk: Desk,
  answer: (request: Received) => string,
  play: (vendor: VendorServer) => Promise<T>,
): Promise<T> {
  const vendor = await VendorServer.start((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer(request));
  });
  try {
    await desk.write('.salesqrc', config(vendor.url));
    return await play(vendor);
  } finally {
    await vendor.close();
  }
}

const texts = objectTexts(40);

const person = (at: number): string =>
  `"email":"eva@example.com","first_name":"Eva","surname":"Muster","mobile":"${fictitious(at)}"`;

const taken = '{"saved":true,"processed":true}';

/** The `data` of each request to Comunik8, by the number it is for. */
function dataSent({ received }: VendorServer): Map<string, string> {
  const bodies = received.map(({ body }) => JSON.parse(body) as { mobile: string; data: string });
  return new Map(bodies.map(({ mobile, data }) => [mobile, data]));
}

/** Those of the wanted texts, one a person, that are not what was found for the person. */
const missing = (wanted: readonly string[], found: ReadonlyMap<string, string>): string[] =>
  wanted.flatMap((text, at) => {
    const got = found.get(fictitious(at));
    return got === text ? [] : [`${text} became ${got ?? 'nothing'}`];
  });

/** Those of the wanted texts that the output does not hold. */
function notIn(wanted: readonly string[], output: string): string[] {
  const whole = compact(output);
  return wanted.filter((text) => !whole.includes(text));
}

const failed = ({ code, stderr }: Finished, expected = 0): string[] =>
  code === expected ? [] : [`exit ${code}: ${stderr}`];

const cell = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** Pushes a file to Comunik8 and looks at `data` on the wire, and at the results file. */
const pushed =
  (file: string, content: string, wanted: readonly string[] = texts) =>
  (desk: Desk) =>
    withVendor(
      desk,
      () => taken,
      async (vendor) => {
        await desk.write(file, content);
        const done = await desk.run(['comunik8', 'add', file, '--results', 'results.csv'], { env });
        return [...failed(done), ...missing(wanted, dataSent(vendor))];
      },
    );

const lines = (all: readonly string[]): string => all.map((line) => `${line}\n`).join('');

const withData = texts.map((text, at) => `{${person(at)},"data":${text}}`);

const csv = lines([
  'email,first_name,surname,mobile,data',
  ...texts.map((text, at) => `eva@example.com,Eva,Muster,${fictitious(at)},${cell(text)}`),
]);

/** Free columns: numbers, texts, objects under keys that JavaScript would move. */
const free = texts.map((text) => `{"2031":1.10,"b":${text},"2030":12345678901234567890,"a":-0}`);

const points = '"2031":1.10,"b":12345678901234567890,"2030":1e400,"007":"1.10"';

const ofUpdate = (text: string, at: number): string =>
  `"6b0afad627f8310df${String(at).padStart(7, '0')}":{"Phone":"${digits(at)}","Status":"Done","state":5,"antworten":${text},"2":1.0,"1":${text}}`;

const delivery = (text: string, at: number): string =>
  `{"token":"${secrets.TEST_TOKEN}","lead":{"Phone":"${digits(at)}","Status":"Done","id":900719925474099${at % 10},"b":${text},"1":2.50},"chathistory":[]}`;

/** Deliveries that differ in a digit, a zero, a notation, the order of keys, and nothing else. */
const alike = [
  '{"Vertrag":9007199254740992}',
  '{"Vertrag":9007199254740993}',
  '{"Vertrag":9007199254740992.0}',
  '{"Vertrag":"9007199254740992"}',
  '{"Vertrag":1e400}',
  '{"Vertrag":1e401}',
  '{"2":1,"1":2}',
  '{"1":2,"2":1}',
];

async function receive(desk: Desk): Promise<string[]> {
  await desk.write('.salesqrc', config('http://127.0.0.1:9'));
  const one = await startListening(desk, ['-o', 'ndjson'], env);
  const bodies = [...texts, ...alike].map((text, at) => delivery(text, at));
  const later = alike.map((text) => delivery(text, 0));
  for (const body of [...bodies, ...later, ...later]) await deliver(one.url, body);
  one.child.kill('SIGTERM');
  const { stdout } = await one.end;
  const wanted = [...texts, ...alike].map((text) => `"data":{"b":${text},"1":2.50}`);
  const ids = texts.slice(0, 10).map((_text, at) => `"id":"900719925474099${at}"`);
  const ndjson = await desk.run(['sales-q', 'listen', 'list', '-o', 'ndjson'], { env });
  const json = await desk.run(['sales-q', 'listen', 'list', '-o', 'json'], { env });
  const stored = ndjson.stdout.trim().split('\n').length;
  return [
    ...[stdout, ndjson.stdout, json.stdout].flatMap((output) => notIn([...wanted, ...ids], output)),
    ...(stored === bodies.length + alike.length ? [] : [`${stored} deliveries are stored`]),
  ];
}

const play = (name: string, faults: ExactPlay['faults']): ExactPlay => ({ name, faults });

export const exactPlays: readonly ExactPlay[] = [
  play('Comunik8 data of NDJSON', pushed('leads.ndjson', lines(withData))),
  play('Comunik8 data of a JSON array', pushed('leads.json', `[${withData.join(',\n')}]`)),
  play('Comunik8 data in cells', pushed('leads.csv', csv)),
  play(
    'free columns',
    pushed('leads.ndjson', lines(free.map((text, at) => `{${person(at)},${text.slice(1)}`)), free),
  ),
  play('free columns of a table, whose names are years', (desk) => {
    const head = 'email,first_name,surname,mobile,2031,b,2030';
    const table = lines([head, `eva@example.com,Eva,Muster,${fictitious(0)},1.10,x,1e400`]);
    return pushed('leads.csv', table, ['{"2031":"1.10","b":"x","2030":"1e400"}'])(desk);
  }),
  play('a constant of a map file', async (desk) => {
    const [first = ''] = texts;
    await desk.write('map.json', `{"fields":{"data":{"value":{"10":${first},"9":1.0}},"nr":{"value":1.10}}}`);
    return withVendor(
      desk,
      () => taken,
      async (vendor) => {
        await desk.write('leads.ndjson', `{${person(0)}}\n`);
        const done = await desk.run(['comunik8', 'add', 'leads.ndjson', '--map', 'map.json'], { env });
        const wanted = `{"10":${first},"9":1.0,"nr":1.10}`;
        return [...failed(done), ...missing([wanted], dataSent(vendor))];
      },
    );
  }),
  play('the results file', async (desk) => {
    const faults = await pushed('leads.ndjson', lines(withData))(desk);
    const { readFile } = await import('node:fs/promises');
    const results = await readFile(desk.path('results.csv'), 'utf8');
    return [...faults, ...texts.filter((text) => !results.includes(cell(text)))];
  }),
  play('a run that is stopped and resumed', (desk) =>
    withVendor(
      desk,
      () => taken,
      async (vendor) => {
        await desk.write('leads.ndjson', lines(withData));
        const begun = await desk.run(['comunik8', 'add', 'leads.ndjson', '--limit', '3'], { env });
        const done = await desk.run(['runs', 'resume', 'last'], { env });
        return [...failed(begun, 8), ...failed(done), ...missing(texts, dataSent(vendor))];
      },
    ),
  ),
  play('Sales_Q import, and ids', (desk) =>
    withVendor(
      desk,
      () => `{"imported":true,"ids":[{"id":9007199254740993,"Phone":"${digits(0)}"}]}`,
      async (vendor) => {
        await desk.write('leads.ndjson', `{"Phone":"${fictitious(0)}",${points}}\n`);
        const done = await desk.run(['sales-q', 'import', 'leads.ndjson'], { env });
        const rows = await desk.run(['runs', 'rows', 'last', '-o', 'ndjson'], { env });
        const wire = vendor.received.map(({ body }) => body).join('\n');
        return [
          ...failed(done),
          ...notIn([`{"Phone":"${digits(0)}",${points}`], wire),
          ...notIn(['"vendorId":"9007199254740993"'], rows.stdout),
        ];
      },
    ),
  ),
  play('Sales_Q update', (desk) =>
    withVendor(
      desk,
      () => `{${texts.map(ofUpdate).join(', ')}}`,
      async () => {
        const wanted = texts.map((text) => `"data":{"antworten":${text},"2":1.0,"1":${text}}`);
        const outputs = await Promise.all(
          ['ndjson', 'json'].map((format) => desk.run(['sales-q', 'update', '-o', format], { env })),
        );
        const csvOutput = await desk.run(['sales-q', 'update', '-o', 'csv'], { env });
        return [
          ...outputs.flatMap(({ stdout }) => notIn(wanted, stdout)),
          ...texts.filter(
            (text) =>
              !csvOutput.stdout.includes(`antworten: ${text}, 2: 1.0, 1: ${text}`.replaceAll('"', '""')),
          ),
        ];
      },
    ),
  ),
  play('what update prints, as input of another push', (desk) =>
    withVendor(
      desk,
      ({ url }) => (url.startsWith('/sq') ? `{${texts.map(ofUpdate).join(',')}}` : taken),
      async (vendor) => {
        const { stdout } = await desk.run(['sales-q', 'update', '-o', 'ndjson'], { env });
        vendor.received.length = 0;
        const constants = ['email=eva@example.com', 'first_name=Eva', 'surname=Muster'];
        const set = constants.flatMap((constant) => ['--set', constant]);
        const done = await desk.run(['comunik8', 'add', '-', ...set], { env, input: stdout });
        const wanted = texts.map((text) => `{"antworten":${text},"2":1.0,"1":${text}}`);
        return [...failed(done), ...missing(wanted, dataSent(vendor))];
      },
    ),
  ),
  play('mmDial form fields', (desk) =>
    withVendor(
      desk,
      () => '{"lead_stats":{"success":1.0}}',
      async (vendor) => {
        await desk.write('leads.ndjson', `{"phone":"${fictitious(0)}",${points}}\n`);
        const done = await desk.run(['mmdial', 'leads', 'add', 'leads.ndjson'], { env });
        const pairs = vendor.received.flatMap(({ body }) => [...new URLSearchParams(body)]);
        const form = pairs.filter(([name]) => name.startsWith('formfields')).map((pair) => pair.join('='));
        const wanted =
          'formfields[2031]=1.10 formfields[b]=12345678901234567890 formfields[2030]=1e400 formfields[007]=1.10';
        return [...failed(done), ...(form.join(' ') === wanted ? [] : [form.join(' ')])];
      },
    ),
  ),
  play('an mmDial lead', (desk) =>
    withVendor(
      desk,
      () => `{"status":"found","lead_data":{"leadid":12345678901234567890},"formdata":{${points}}}`,
      async () => {
        const outputs = await Promise.all(
          ['ndjson', 'json'].map((format) =>
            desk.run(['mmdial', 'leads', 'get', '--id', '12345678901234567890', '-o', format], { env }),
          ),
        );
        return outputs.flatMap(({ stdout }) => notIn(['"leadid":12345678901234567890', points], stdout));
      },
    ),
  ),
  play('a delivery: printed, stored, listed', receive),
  play('a rehearsal: import, then update', async (desk) => {
    const sandbox = await openSandbox();
    try {
      await desk.write('leads.ndjson', `{"Phone":"${fictitious(0)}",${points}}\n`);
      const rehearsed = sandboxEnv(sandbox);
      const done = await desk.run(['sales-q', 'import', 'leads.ndjson'], { env: rehearsed });
      const { stdout } = await desk.run(['sales-q', 'update', '-o', 'ndjson'], { env: rehearsed });
      return [...failed(done), ...notIn([`"data":{${points}`], stdout)];
    } finally {
      await sandbox.close();
    }
  }),
];

export async function playExact({ faults }: ExactPlay, program?: string): Promise<string[]> {
  const desk = await Desk.open(program);
  try {
    return await faults(desk);
  } finally {
    await desk.close();
  }
}
