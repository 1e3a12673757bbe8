import { z } from 'zod';
import type { Problem } from '../core/row.js';
import { isObject, type Json, type JsonObject } from '../core/json.js';
import type { SettingSpec } from '../core/settings.js';
import type { Position } from './document.js';
import { forms, isProfileName, type Form } from './forms.js';
import type { VendorDeclaration } from './input.js';
import { didYouMean } from './nearest.js';
import { sandboxName } from './sandbox.js';
import { shownKeys } from './shown.js';

/** Something wrong in a configuration file, at a key. */
export interface ConfigProblem extends Problem {
  readonly path: readonly PropertyKey[];
}

const text = (form: Form) =>
  z.string({ error: 'must be text (quotes may be missing)' }).superRefine((value, context) => {
    const problem = form(value);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  });
const flag = () => z.boolean({ error: 'must be true or false' });
const whole = () => z.int({ error: 'must be a whole number' });
const mapping = 'must hold keys and values';

/** Keys a profile and the top level of the file share. */
const common = {
  country: text(forms.country).nullish(),
  phoneFormat: text(forms.phoneFormat).nullish(),
  ledger: text(forms.ledger).nullish(),
  timezone: text(forms.timezone).nullish(),
  dnc: z.strictObject({ maxAge: text(forms.duration).nullish() }, { error: mapping }).nullish(),
  recontact: text(forms.recontact).nullish(),
  window: z
    .union([text(forms.window), z.array(text(forms.window)).min(1, 'must name a calling window')], {
      error: 'must be a calling window, like Mon-Fri 09:00-20:00, or a list of them',
    })
    .nullish(),
  allowInsecureHttp: flag().nullish(),
};

const vendorCommon = {
  url: text(forms.url).nullish(),
  rate: text(forms.rate).nullish(),
  concurrency: z
    .int({ error: 'must be a whole number' })
    .min(1, 'must be 1 or more')
    .max(100, 'must be 100 or less')
    .nullish(),
  timeout: text(forms.duration).nullish(),
  account: text(forms.account).nullish(),
  allowInsecureHttp: flag().nullish(),
};

function settingSchema(spec: SettingSpec): z.ZodType {
  switch (spec.kind) {
    case 'text':
      return z.union([text(forms.name), z.int()], { error: 'must be text' });
    case 'integer':
      return whole();
    case 'boolean':
      return flag();
    case 'duration':
      return text(forms.duration);
    case 'secret':
      return text(forms.secret);
  }
}

function vendorShape(vendor: VendorDeclaration): z.ZodRawShape {
  const own = vendor.settings.map((spec) => [spec.name, settingSchema(spec).nullish()] as const);
  return { ...vendorCommon, ...Object.fromEntries(own) };
}

interface Schemas {
  readonly file: z.ZodType;
  /** Keys that are known at a place of the file. */
  readonly keysAt: (path: readonly PropertyKey[]) => string[];
}

function buildSchemas(vendors: readonly VendorDeclaration[]): Schemas {
  const shapes = new Map(vendors.map((vendor) => [vendor.id, vendorShape(vendor)]));
  const known = [...shapes].map(
    ([id, shape]) => [id, z.strictObject(shape, { error: mapping }).nullish()] as const,
  );
  const profile = {
    live: flag().nullish(),
    ...common,
    vendors: z.looseObject(Object.fromEntries(known), { error: mapping }).nullish(),
  };
  const profiles = z.record(z.string(), z.strictObject(profile, { error: mapping }).nullable(), {
    error: mapping,
  });
  const file = { defaultProfile: text(forms.account).nullish(), ...common, profiles: profiles.nullish() };
  const keysAt = (path: readonly PropertyKey[]): string[] => {
    if (path.at(-1) === 'dnc') return ['maxAge'];
    if (path.length === 0) return Object.keys(file);
    if (path.length === 2) return Object.keys(profile);
    return Object.keys(shapes.get(String(path[3])) ?? {});
  };
  return { file: z.strictObject(file), keysAt };
}

function valueAt(data: Json, path: readonly PropertyKey[]): Json | undefined {
  return path.reduce<Json | undefined>(
    (value, step) => (isObject(value) ? value[String(step)] : undefined),
    data,
  );
}

function unknownKey(
  data: JsonObject,
  path: readonly PropertyKey[],
  key: string,
  known: string[],
): ConfigProblem {
  const full = [...path, key];
  const hint = didYouMean(key, known);
  // `{ token "text" }` makes the text part of a key without a value: not shown unless it is near a known one.
  const bare = valueAt(data, full) === null && hint === '';
  const name = bare ? shownKeys([...path, '']) : shownKeys(full);
  const message = bare ? `${name} is an unknown key without a value` : `${name} is an unknown key${hint}`;
  return { code: 'config.unknown-key', path: full, message };
}

function nameProblems(data: JsonObject): ConfigProblem[] {
  const names = isObject(data.profiles) ? Object.keys(data.profiles) : [];
  return names.flatMap((name): ConfigProblem[] => {
    const path = ['profiles', name];
    const shown = shownKeys(path);
    if (name === sandboxName) {
      const message = `${shown}: the name ${sandboxName} is built in and cannot be defined`;
      return [{ code: 'config.reserved-profile', path, message }];
    }
    const message = `${shown}: a profile's name is made of letters, digits, dot, dash and underscore`;
    return isProfileName(name) ? [] : [{ code: 'config.bad-value', path, message }];
  });
}

/** More problems than this are one mistake many times over. */
export const mostProblems = 50;

/** What is wrong with a file's data, in the order of the file; at most `mostProblems`. Never quotes a value. */
export function configProblems(
  data: JsonObject,
  vendors: readonly VendorDeclaration[],
  at: (path: readonly PropertyKey[]) => Position,
): ConfigProblem[] {
  const { file, keysAt } = buildSchemas(vendors);
  const issues = file.safeParse(data).error?.issues ?? [];
  const found = issues.flatMap((issue): ConfigProblem[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => unknownKey(data, issue.path, key, keysAt(issue.path)));
    }
    const message = `${shownKeys(issue.path)} ${issue.message}`;
    return [{ code: 'config.bad-value', path: issue.path, message }];
  });
  const order = (problem: ConfigProblem): number => {
    const { line, column } = at(problem.path);
    return line * 10_000 + column;
  };
  return [...found, ...nameProblems(data)].slice(0, mostProblems).sort((a, b) => order(a) - order(b));
}
