import { Exit, UserError, type ExitCode } from '../core/errors.js';
import { plainText, type JsonObject } from '../core/json.js';
import type { Place } from '../core/place.js';
import type { Vendor } from '../core/vendor.js';
import { emit } from '../output/formats.js';
import { defineCommand, type App, openSession } from './command.js';

export const profilesList = defineCommand({
  options: {},
  async run(app) {
    const { config, profiles } = await app.ports.profiles();
    const records = profiles.map((profile): JsonObject => ({ ...profile }));
    const columns = [
      { title: 'profile', value: (record: JsonObject) => record['name'] },
      { title: 'default', value: (record: JsonObject) => (record['default'] === true ? 'yes' : '') },
      { title: 'live', value: (record: JsonObject) => (record['live'] === true ? 'yes' : '') },
      {
        title: 'vendors',
        value: (record: JsonObject) => (record['vendors'] as readonly string[]).join(', '),
      },
    ];
    const document = { schema: 'salesq/profiles@1', config, profiles: records };
    const footer = [config === null ? 'No config file; "sandbox" is built in.' : `from ${config}`];
    await emit(
      { document: () => document, records: () => records, columns, footer, exit: Exit.ok },
      app.format,
      app.terminal,
    );
    return Exit.ok;
  },
});

export const profilesShow = defineCommand({
  args: '[name]',
  options: {},
  more: ['Secrets are never shown, only whether they are there and where they come from.'],
  async run(app, { args }) {
    const { profile, config, settings } = await app.ports.describeProfile(args[0]);
    const records = settings.map((setting): JsonObject => ({ ...setting }));
    const columns = [
      { title: 'setting', value: (record: JsonObject) => record['path'] },
      { title: 'value', value: (record: JsonObject) => record['value'] },
      { title: 'from', value: (record: JsonObject) => record['origin'] },
    ];
    const document = { schema: 'salesq/profile@1', profile, config, settings: records };
    await emit(
      { document: () => document, records: () => records, columns, exit: Exit.ok },
      app.format,
      app.terminal,
    );
    return Exit.ok;
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
    const records = findings.map(({ vendor, ok, code, finding }): JsonObject => ({
      vendor,
      ok,
      code,
      finding,
    }));
    const columns = [
      { title: 'vendor', value: (record: JsonObject) => record['vendor'] },
      {
        title: 'result',
        value: (record: JsonObject) => (record['ok'] === true ? 'ok' : plainText(record['code'])),
      },
      { title: 'finding', value: (record: JsonObject) => record['finding'] },
    ];
    const exit = worst(findings);
    const document = { schema: 'salesq/profile-check@1', profile: profile.name, vendors: records };
    await emit(
      {
        document: () => document,
        records: () => records,
        columns,
        empty: 'The profile has no vendors.',
        exit,
      },
      app.format,
      app.terminal,
    );
    return exit;
  },
});

async function checkVendor(app: App, place: Place, vendor: Vendor): Promise<Finding> {
  try {
    const session = await openSession(app, place, vendor);
    const finding = await vendor.check(session.context);
    return { vendor: vendor.id, ok: true, code: null, finding, exit: Exit.ok };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const finding = error.hint === null ? error.message : `${error.message} (${error.hint})`;
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
