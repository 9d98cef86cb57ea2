import { propertyOf } from './edit.ts';
import { readCell, readCells, readTexts } from './values.ts';
import { compatiblesOf, referencesOf, type Device, type Phandles, type Reference } from './walk.ts';

/** A clock that a device takes. */
export interface Clock {
  /** From clock-names. */
  name: string | null;
  provider: Device;
  /** Which of the provider's clocks, as its binding reads it. */
  cells: readonly number[];
}

/** The device's `clocks`; `null` where the list cannot be read. */
export function clocksOf(phandles: Phandles, { node }: Device): Clock[] | null {
  const names = readTexts(propertyOf(node, 'clock-names'));
  const references = referencesOf(phandles, propertyOf(node, 'clocks'), '#clock-cells');
  return (
    references &&
    references.flatMap(({ device: provider, cells }, index) =>
      provider === null ? [] : [{ name: names[index] ?? null, provider, cells }],
    )
  );
}

/** No tree divides a clock so often. */
const MAX_DEPTH = 16;

/** The rate in Hz of a clock that never changes: a fixed-clock, or a fixed part of one; `null` for all others. */
function fixedRate(phandles: Phandles, { provider }: Clock, depth = 0): number | null {
  const compatibles = compatiblesOf(provider);
  if (compatibles.includes('fixed-clock')) return readCell(propertyOf(provider.node, 'clock-frequency'));
  if (!compatibles.includes('fixed-factor-clock') || depth === MAX_DEPTH) return null;
  const [source] = clocksOf(phandles, provider) ?? [];
  const rate = source === undefined ? null : fixedRate(phandles, source, depth + 1);
  const [times, by] = ['clock-mult', 'clock-div'].map((name) => readCell(propertyOf(provider.node, name)));
  return rate === null || !times || !by ? null : (rate * times) / by;
}

const isSame = (clock: Clock, { device, cells }: Reference): boolean =>
  device?.node === clock.provider.node && cells.join() === clock.cells.join();

/** The rate in Hz that a clock of a device has when it is used; `null` where the tree does not say. */
export function clockRate(phandles: Phandles, device: Device, clock: Clock): number | null {
  const fixed = fixedRate(phandles, clock);
  if (fixed !== null) return fixed;
  const assigned = referencesOf(phandles, propertyOf(device.node, 'assigned-clocks'), '#clock-cells') ?? [];
  const index = assigned.findIndex((reference) => isSame(clock, reference));
  return readCells(propertyOf(device.node, 'assigned-clock-rates'))[index] || null;
}
