import {
  environment,
  fileKeys,
  profileKeys,
  settingsOf,
  vendorKeys,
  type VendorDeclaration,
} from '../../src/config/index.js';
import { shownDefault, type Specs, type ValueSpec } from '../../src/core/value.js';
import { table } from './generated.js';

/** What the pages and the example configuration say about settings, made from their declarations. */

function takes({ type }: ValueSpec): string {
  if (type.kind === 'secret') return '[a secret](#secrets)';
  return type.kind === 'choice' ? type.expects.replace(/[\w-]+(?=,|$)/g, '`$&`') : type.expects;
}

function preset(spec: ValueSpec): string {
  if (spec.required) return 'required';
  const value = shownDefault(spec);
  return value === null ? '' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

/** What it means, and the flag and the variable that say it too. */
function meaning({ about, flag, env }: ValueSpec): string {
  const also = [flag?.split(' ')[0], env].flatMap((name) => (name === undefined ? [] : [`\`${name}\``]));
  return also.length === 0 ? about : `${about}; also ${also.join(', ')}`;
}

const settingRows = (specs: Specs): string[][] =>
  Object.entries(specs).map(([name, spec]) => [`\`${name}\``, takes(spec), preset(spec), meaning(spec)]);

const heading = ['setting', 'takes', 'default', 'meaning'];

const environmentTable = (): string =>
  table(
    ['variable', 'takes', 'default', 'meaning'],
    Object.entries<ValueSpec>(environment).map(([name, spec]) => [
      `\`${name}\``,
      takes(spec),
      preset(spec),
      meaning({
        type: spec.type,
        about: spec.about,
        ...(spec.flag === undefined ? {} : { flag: spec.flag }),
      }),
    ]),
  );

/** The vendors' own settings, their addresses with them. */
function ownTable(vendors: readonly VendorDeclaration[]): string {
  const rows = vendors.flatMap((vendor) => {
    const { url } = settingsOf(vendor);
    const own = settingRows({ ...(url && { url }), ...vendor.settings });
    return own.map((cells, at) => [
      at === 0 ? `[\`${vendor.id}\`](vendors/${vendor.id}.md#login)` : '',
      ...cells,
    ]);
  });
  return table(['vendor', ...heading], rows);
}

/** The tables of docs/configuration.md, by the name of the comment they stand under. */
export const settingTables = (vendors: readonly VendorDeclaration[]): Readonly<Record<string, string>> => ({
  'variables of the environment': environmentTable(),
  'settings of the file': table(
    heading,
    settingRows({ defaultProfile: fileKeys.defaultProfile, ...profileKeys }),
  ),
  'settings of every vendor': table(heading, settingRows(vendorKeys)),
  'settings of each vendor': ownTable(vendors),
});

/** A value in YAML; `off` where the example has it commented out. */
type Example = string | { readonly off: string };
const off = (yaml: string): Example => ({ off: yaml });

const inFile: Readonly<Record<string, Example>> = {
  defaultProfile: 'acme',
  country: 'DE',
  phoneFormat: 'auto',
  ledger: off('~/salesq/ledger.db'),
  timezone: 'Europe/Berlin',
  'dnc.maxAge': off('24h'),
  recontact: 'never',
  testNumbers: off("['+49 171 3920655']"),
  window: off("['Mon-Fri 09:00-20:00', 'Sat 10:00-16:00']"),
  allowInsecureHttp: off('true'),
};

const inProfile: Readonly<Record<string, Example>> = {
  live: 'true',
  phoneFormat: 'national',
  recontact: 'after:90d',
  window: "['Mon-Fri 09:00-20:00', 'Sat 10:00-16:00']",
};

const everyVendor: Readonly<Record<string, Example>> = {
  url: off('https://server.sales-q.com:8000'),
  rate: '5/s',
  concurrency: off('2'),
  timeout: '30s',
  account: 'acme-spring',
  allowInsecureHttp: off('true'),
};

const ofVendor: Readonly<Record<string, Readonly<Record<string, Example>>>> = {
  'sales-q': { token: 'env:SALESQ_TOKEN', scriptNumbers: off('true') },
  comunik8: { url: 'https://dialler.example.com', key: 'env:COMUNIK8_KEY', type: 'motor-trade' },
  calltouch: {
    url: off('https://api.calltouch.ru'),
    token: 'file:/run/secrets/calltouch',
    siteId: '4711',
    timezone: off('Europe/Moscow'),
  },
  mmdial: {
    url: off('https://login.mmdial.de/api/'),
    username: 'ops',
    password: 'cmd:pass show mmdial | head -n 1',
    campaign: '12',
    list: '34',
    concurrency: '1',
    countryCode: off('49'),
    auth: off('auto'),
    charset: off('utf-8'),
    urlTemplate: off("'{base}/{function}'"),
  },
};

/** `country: DE # country of …`, and `# ` before it where it is commented out. */
function exampleLine(key: string, spec: ValueSpec | undefined, said: Example | undefined): string {
  if (!spec || said === undefined) throw new Error(`the example says nothing of ${key}`);
  const [name = key, inside] = key.split('.');
  const yaml = typeof said === 'string' ? said : said.off;
  const value = inside === undefined ? yaml : `{ ${inside}: ${yaml} }`;
  const about = spec.about.replaceAll('`', '');
  const names = spec.type.kind === 'choice' ? `: ${spec.type.expects}` : '';
  return `${typeof said === 'string' ? '' : '# '}${name}: ${value} # ${about}${names}`;
}

const exampleLines = (
  specs: Specs,
  said: Readonly<Record<string, Example>>,
  keys: readonly string[],
): string[] => keys.map((key) => exampleLine(key, specs[key], said[key]));

const indented = (lines: readonly string[], by: number): string[] =>
  lines.map((line) => (line === '' ? '' : ' '.repeat(by) + line));

/** A vendor's part; the first one also has what every vendor takes. */
function exampleVendor(vendor: VendorDeclaration, first: boolean): string[] {
  const said = { ...(first ? everyVendor : {}), ...ofVendor[vendor.id] };
  const own = Object.keys(vendor.settings);
  const keys = [...own, ...Object.keys(vendorKeys).filter((key) => key in said)];
  return [`${vendor.id}:`, ...indented(exampleLines(settingsOf(vendor), said, keys), 2)];
}

/** `.salesqrc.example`: every setting there is, with what it means. */
export function exampleFile(vendors: readonly VendorDeclaration[]): string {
  const ofProfile = Object.keys(profileKeys).filter((key) => !(key in fileKeys) || key in inProfile);
  return [
    ...preface.trim().split('\n'),
    '',
    ...exampleLines(fileKeys, inFile, Object.keys(fileKeys)),
    '',
    'profiles:',
    '  acme:',
    '    # What stands above may be said again here, for this profile alone; "live" stands in a profile only.',
    ...indented(exampleLines(profileKeys, inProfile, ofProfile), 4),
    '    vendors:',
    ...vendors.flatMap((vendor, at) => [
      ...(at === 0 ? ['      # What stands here beside token and scriptNumbers, every vendor takes.'] : ['']),
      ...indented(exampleVendor(vendor, at === 0), 6),
    ]),
    '',
    '  # The same vendor, another campaign, not live: pushes do not ask. Two tokens at one address need accounts.',
    '  acme-test:',
    '    live: false',
    '    vendors:',
    "      sales-q: { token: 'keychain:salesq-test', account: acme-test, rate: 60/m }",
    '',
  ].join('\n');
}

const preface = `
# salesq configuration, complete. Copy it to .salesqrc, keep what you need, then: chmod 600 .salesqrc
#
# Looked for as .salesqrc, .salesqrc.json, .salesqrc.yaml, .salesqrc.yml in the working directory and its parents,
# then in $XDG_CONFIG_HOME/salesq/ (~/.config/salesq/). --config <file> or SALESQ_CONFIG names one instead.
# It is YAML or JSON, read as data: JavaScript is never loaded.
#
# Precedence: flag > environment > profile > top level of this file > default. "salesq profiles show" tells for each
# value where it came from. The profile "sandbox" is built in and needs no entry.
#
# A secret is one of
#   env:NAME        an environment variable
#   file:PATH       a file of one line that nobody else can read (relative to this file; ~/ is your home)
#   cmd:COMMAND     what a command prints within 10 seconds
#   keychain:ITEM   an item of the macOS keychain, or of the Linux secret service (secret-tool)
#   anything else   the secret itself
# With a secret itself or a cmd: in it, this file is refused unless only you can read and write it.
# Nothing is replaced in this file: \${NAME} and empty values are refused, a key without a value counts as not there.
# Durations are 500ms, 30s, 5m, 24h, 90d. Rates are 5/s, 60/m, 0.5/s.
`;
