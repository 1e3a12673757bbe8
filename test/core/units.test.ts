import { describe, expect, it } from 'vitest';
import {
  nextOpening,
  parseDuration,
  parseRate,
  parseRecontact,
  parseWindow,
  writeDuration,
  writeWindows,
} from '../../src/core/units.js';

describe('parseDuration', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['24h', 86_400_000],
    ['90d', 7_776_000_000],
    ['1.5h', 5_400_000],
    [' 0s ', 0],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '30', 's', '-5s', '5 s', '5S', '1w', '1e3s', '5s5s', '٣s', '999999999999d', 'Infinityd'])(
    'refuses %j',
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );
});

describe('writeDuration', () => {
  it.each(['1ms', '1500ms', '30s', '90m', '36h', '90d'])('gives %s back', (text) => {
    expect(writeDuration(parseDuration(text) ?? 0)).toBe(text);
  });
});

describe('parseRate', () => {
  it.each([
    ['5/s', 5],
    ['60/m', 1],
    ['0.5/s', 0.5],
    ['7200/h', 2],
  ])('%s', (text, perSecond) => {
    expect(parseRate(text)).toBe(perSecond);
  });

  it.each(['', '5', '0/s', '0.0/m', '-1/s', '5/d', '5/ s', '/s', '5/s/s', '1e3/s'])('refuses %j', (text) => {
    expect(parseRate(text)).toBeNull();
  });
});

describe('parseRecontact', () => {
  it('knows three rules', () => {
    expect(parseRecontact('never')).toEqual({ mode: 'never', afterMs: 0 });
    expect(parseRecontact('always')).toEqual({ mode: 'always', afterMs: 0 });
    expect(parseRecontact('after:90d')).toEqual({ mode: 'after', afterMs: 7_776_000_000 });
  });

  it.each(['', 'after', 'after:', 'after:0d', 'after:soon', 'Never', 'sometimes'])('refuses %j', (text) => {
    expect(parseRecontact(text)).toBeNull();
  });
});

describe('parseWindow', () => {
  it.each([
    ['Mon-Fri 09:00-20:00', [1, 2, 3, 4, 5], 540, 1200],
    ['sat 10:30-16:00', [6], 630, 960],
    ['Wed,Mon,Fri-Sun 00:00-24:00', [1, 3, 5, 6, 7], 0, 1440],
    ['09:00-20:00', [1, 2, 3, 4, 5, 6, 7], 540, 1200],
  ])('%s', (text, days, fromMinute, toMinute) => {
    expect(parseWindow(text)).toEqual({ days, fromMinute, toMinute });
  });

  it.each([
    '',
    'Mon',
    'Mon-Fri',
    'Mon-Fri 20:00-09:00',
    'Mon-Fri 09:00-09:00',
    'Fri-Mon 09:00-20:00',
    'Mon-Tue-Wed 09:00-20:00',
    'Mon Tue 09:00-20:00',
    'Mon 9:00-20:00',
    'Mon 09:60-20:00',
    'Mon 09:00-24:30',
    'Mon 09:00-20:00-21:00',
    'Mo 09:00-20:00',
  ])('refuses %j', (text) => {
    expect(parseWindow(text)).toBeNull();
  });
});

describe('calling windows in words', () => {
  const windows = ['Mon-Fri 09:00-20:00', 'Sat,Sun 10:00-16:30'].flatMap((text) => parseWindow(text) ?? []);

  it('are told with their zone', () => {
    expect(writeWindows(windows, 'Europe/Berlin')).toBe(
      'Mon-Fri 09:00-20:00, Sat,Sun 10:00-16:30 (Europe/Berlin)',
    );
  });

  it('begin again at the next minute that is in one, in that zone', () => {
    const saturdayEvening = Date.UTC(2026, 9, 24, 18, 0, 30);
    // Berlin puts its clocks back that night.
    expect(nextOpening(windows, 'Europe/Berlin', saturdayEvening)).toBe(Date.UTC(2026, 9, 25, 9));
    expect(nextOpening(windows.slice(0, 1), 'America/New_York', saturdayEvening)).toBe(
      Date.UTC(2026, 9, 26, 13),
    );
    expect(nextOpening([{ days: [], fromMinute: 0, toMinute: 1 }], null, 0)).toBe(null);
  });
});
