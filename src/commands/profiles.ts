import { Exit, UserError, type ExitCode } from '../core/errors.js';
import { plainText, type JsonObject } from '../core/json.js';
import { hintIn } from '../core/hint.js';
import type { Place } from '../core/place.js';
import type { Vendor } from '../core/vendor.js';
import { column, listReport } from '../core/report.js';
import { defineCommand, type App, openSession, print } from './command.js';

export const profilesList = defineCommand({
  options: {},
  async run(app) {
    const { config, profiles } = await app.ports.profiles();
    const records = profiles.map((profile): JsonObject => ({ ...profile }));
    return print(
      app,
      listReport({ schema: 'salesq/profiles@1', config }, 'profiles', records, {
        columns: [
          column('profile', 'text', 'name'),
          { title: 'default', value: (record) => (record['default'] === true ? 'yes' : '') },
          { title: 'live', value: (record) => (record['live'] === true ? 'yes' : '') },
          { title: 'vendors', value: (record) => (record['vendors'] as readonly string[]).join(', ') },
        ],
        footer: [config === null ? 'No config file; "sandbox" is built in.' : `from ${config}`],
      }),
    );
  },
});

export const profilesShow = defineCommand({
  args: '[name]',
  options: {},
  more: ['Secrets are never shown, only whether they are there and where they come from.'],
  async run(app, { args }) {
    const { profile, config, settings } = await app.ports.describeProfile(args[0]);
    const records = settings.map((setting): JsonObject => ({ ...setting }));
    const columns = [column('setting', 'text', 'path'), column('value'), column('from', 'text', 'origin')];
    const facts = { schema: 'salesq/profile@1', profile, config };
    return print(app, listReport(facts, 'settings', records, { columns }));
  },
});

interface Finding {
  readonly vendor: string;
  readonly ok: boolean;
  readonly code: string | null;
  readonly finding: string;
  readonly exit: ExitCode;
}

export const profilesCheck = defineCommand({
  args: '[name]',
  options: {},
  more: ['Logs in to each vendor of the profile by a read; nothing is changed.'],
  async run(app, { args }) {
    const place = await app.ports.place({ profile: args[0] });
    const profile = place.requireProfile();
    const present = (await app.ports.vendors()).filter(({ id }) => profile.vendors.includes(id));
    const findings: Finding[] = [];
    for (const vendor of present) findings.push(await checkVendor(app, place, vendor));
    const records = findings.map(({ exit: _exit, ...finding }): JsonObject => finding);
    return print(
      app,
      listReport({ schema: 'salesq/profile-check@1', profile: profile.name }, 'vendors', records, {
        columns: [
          column('vendor'),
          { title: 'result', value: ({ ok, code }) => (ok === true ? 'ok' : plainText(code)) },
          column('finding'),
        ],
        empty: 'The profile has no vendors.',
        exit: worst(findings),
      }),
    );
  },
});

async function checkVendor(app: App, place: Place, vendor: Vendor): Promise<Finding> {
  try {
    const session = await openSession(app, place, vendor);
    const finding = await vendor.check(session.context);
    return { vendor: vendor.id, ok: true, code: null, finding, exit: Exit.ok };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const finding = error.hint === null ? error.message : `${error.message} (${hintIn(place, error.hint)})`;
    return { vendor: vendor.id, ok: false, code: error.code, finding, exit: error.exit };
  }
}

/** Credentials before configuration before passing faults. */
function worst(findings: readonly Finding[]): ExitCode {
  const codes = new Set(findings.map(({ exit }) => exit));
  return (
    [Exit.credentials, Exit.unusable, Exit.temporary].find((code) => codes.has(code)) ??
    [...codes].find((code) => code !== Exit.ok) ??
    Exit.ok
  );
}
