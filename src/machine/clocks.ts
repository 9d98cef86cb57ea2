import type { ManifestPath } from '../base/diagnostic.ts';
import { clockRate, clocksOf } from '../formats/dtb/clocks.ts';
import { cells, ref, texts, type NewNode, type NewProperty } from '../formats/dtb/compose.ts';
import { propertyOf } from '../formats/dtb/edit.ts';
import { readCell, readTexts } from '../formats/dtb/values.ts';
import { pathOf, type Device, type Phandles } from '../formats/dtb/walk.ts';
import type { Findings } from './findings.ts';

/** A clock of the cell: the board's controller stays with the root cell, so it is a fixed one. */
export const clockLabel = (rate: number): string => `clk_${rate}`;

export const clockNode = (rate: number): NewNode => ({
  name: `clock-${rate}`,
  label: clockLabel(rate),
  properties: [texts('compatible', 'fixed-clock'), cells('#clock-cells', 0), cells('clock-frequency', rate)],
  children: [],
});

/** Answers to what the tree cannot tell. */
interface Answers {
  /** By the names of the clocks. */
  rates: Readonly<Record<string, number>>;
  /** For all others; `null`: none. */
  rate: number | null;
  /** The key of the wish that says the rate. */
  at: ManifestPath;
}

/** The clock properties of a device, and the rates that they refer to. */
export interface DeviceClocks {
  properties: NewProperty[];
  rates: number[];
}

/** A fixed clock for each of a device's; what nobody knows is asked for by name. */
export function deviceClocks(
  phandles: Phandles,
  device: Device,
  { rates: known, rate: general, at }: Answers,
  findings: Findings,
): DeviceClocks {
  const { node } = device;
  const names = readTexts(propertyOf(node, 'clock-names'));
  const own = readCell(propertyOf(node, 'clock-frequency'));
  const frequency = own === null ? [] : [cells('clock-frequency', own)];
  if (propertyOf(node, 'clocks') === undefined) {
    return {
      properties: general === null || own !== null ? frequency : [cells('clock-frequency', general)],
      rates: [],
    };
  }
  const clocks = clocksOf(phandles, device);
  const listed = clocks ?? [null];
  const unknown: string[] = [];
  const rates = listed.map((clock, index) => {
    const name = clock?.name ?? names[index] ?? `clk${index}`;
    const rate = own ?? (clock && clockRate(phandles, device, clock)) ?? known[name] ?? general;
    if (rate === null || rate === undefined) unknown.push(name);
    return rate ?? 0;
  });
  if (unknown.length > 0) {
    const isConsole = at[0] === 'console';
    const list = unknown.join(' and ');
    findings.ask(
      'clock-rate',
      at,
      `the rate of ${pathOf(device)}'s clock ${list} is not in the board's device tree`,
      `look it up in /sys/kernel/debug/clk/clk_summary of the root cell’s Linux, while it uses the device, and write ${isConsole ? '`clock-rate: 24000000`' : `\`clocks: { ${unknown.map((each) => `${each}: 66000000`).join(', ')} }\``}`,
      { symptom: 'a wrong rate is a wrong baud rate: the output is garbage' },
    );
    return { properties: [], rates: [] };
  }
  return {
    properties: [
      ...frequency,
      cells('clocks', ...rates.map((rate) => ref(clockLabel(rate)))),
      ...(names.length === 0 ? [] : [texts('clock-names', ...names.slice(0, rates.length))]),
    ],
    rates: [...new Set(rates)],
  };
}
