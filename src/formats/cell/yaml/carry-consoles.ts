import { quoted } from '../../yaml/problem.ts';
import type { Architecture } from '../../../base/choices.ts';
import type { CodeIn } from '../../../base/codes.ts';
import type { ManifestPath } from '../../../base/diagnostic.ts';
import type { ConfigLayout } from '../layouts.ts';
import type { FlagNames } from '../names.ts';
import { UART_PORTS } from '../resources.ts';
import { add, drop, has, known, note, NOTHING_TO_DO, SAME, setWords, wordsOf, type Move } from './carry.ts';
import type { PlainMap } from './plain.ts';
import { describeRevision } from '../releases.ts';

const consoleFlags = ({ names }: ConfigLayout): FlagNames => names.console.flags;

/** Up to revision 9 a flag of the debug console shows the root cell a page of output, from 10 on one of the system. */
function carryRootPage(move: Move): void {
  const { data, notes, to } = move;
  const isKnown = known('rootpage', move, consoleFlags);
  const isFlagKnown = known('virtual_debug_console', move, ({ names }) => names.systemFlags);
  const console = data.debug_console as PlainMap | undefined;
  if (isKnown === 'lost' && isFlagKnown === 'new' && console !== undefined && has(console, 'rootpage')) {
    drop(console, 'rootpage');
    if (Object.keys(console).length === 0) delete data.debug_console;
    add(data, 'virtual_debug_console');
    const message =
      'the flag `rootpage` of `debug_console` becomes the flag `virtual_debug_console` of the system';
    notes.push(note(SAME, `${message}, as ${describeRevision(to)} has it`, NOTHING_TO_DO, ['flags']));
  } else if (isKnown === 'new' && isFlagKnown === 'lost' && has(data, 'virtual_debug_console')) {
    drop(data, 'virtual_debug_console');
    const own = (data.debug_console ??= {}) as PlainMap;
    add(own, 'rootpage');
    const message =
      'the flag `virtual_debug_console` of the system becomes the flag `rootpage` of `debug_console`';
    notes.push(note(SAME, `${message}, as ${describeRevision(to)} has it`, NOTHING_TO_DO, ['debug_console']));
  }
}

/** Git of 2017-04-15 numbered types as revision 4 does, for minutes; only these values tell. */
function isNumberedAnew({ type, address, flags }: PlainMap, architecture: Architecture): boolean {
  if (type !== 'vga') return false;
  return architecture === 'x86'
    ? UART_PORTS.includes(Number(address ?? 0))
    : ((flags ?? []) as string[]).includes('mmio');
}

/** Revision 3: a driver of its own for the PC's UARTs, a flag for ports, and memory with four bytes a register. */
function carryConsole3(move: Move): void {
  const { data, architecture, notes, to } = move;
  const console = data.debug_console as PlainMap | undefined;
  if (console === undefined) return;
  const isPort = known('pio', move, consoleFlags);
  const tell = (code: CodeIn<'convert'>, key: string, message: string, fix: string): void => {
    notes.push(note(code, message, fix, ['debug_console', key]));
  };
  const rename = (before: string, after: string): void => {
    if (console.type !== before) return;
    console.type = after;
    const message = `\`debug_console.type\` \`${before}\` becomes \`${after}\`, as ${describeRevision(to)} calls it`;
    tell(SAME, 'type', message, NOTHING_TO_DO);
  };
  if (isPort === 'lost') {
    if (isNumberedAnew(console, architecture)) {
      const registers = has(console, 'mmio') ? ' with `flags: [mmio, regdist_4]`' : '';
      const message =
        '`debug_console.type` 2 is taken for `vga`, as in Jailhouse 0.6; in git of 2017-04-15 it was `8250`, which the other values suggest';
      tell('assumed', 'type', message, `if it is a UART, write \`type: 8250\`${registers}`);
    }
    rename('uart_x86', '8250');
    drop(console, 'pio');
    if (has(console, 'mmio') && console.type !== 'vga') {
      add(console, 'regdist_4');
      const message = '`debug_console.flags` gets `regdist_4`: in revision 3 `mmio` alone says that';
      tell(SAME, 'flags', message, NOTHING_TO_DO);
    }
  } else if (isPort === 'new') {
    if (architecture === 'x86') rename('8250', 'uart_x86');
    if (has(console, 'mmio') && has(console, 'regdist_4')) {
      drop(console, 'regdist_4');
      const message = '`regdist_4` of `debug_console` is left out: in revision 3 `mmio` alone says that';
      tell(SAME, 'flags', message, NOTHING_TO_DO);
    } else if (has(console, 'mmio') && console.type !== 'vga') {
      const message = '`debug_console.flags` has `mmio` without `regdist_4`: revision 3 knows no such UART';
      tell('meaning', 'flags', message, 'Jailhouse 0.6 writes to registers that are four bytes apart');
    }
    if (console.type === 'uart_x86' && !has(console, 'mmio')) add(console, 'pio');
  }
}

const INVERTING: ReadonlySet<unknown> = new Set(['hscif', 'scifa']);

/** Up to revision 9 the drivers of Renesas' UARTs invert the bit of the clock gate by themselves. */
function carryInvertedGate(move: Move): void {
  const { data, notes, from, to } = move;
  const console = data.debug_console as PlainMap | undefined;
  const isKnown = known('inverted_gate', move, consoleFlags);
  if (console === undefined || isKnown === null || !INVERTING.has(console.type)) return;
  const at: ManifestPath = ['debug_console', 'flags'];
  const type = quoted(String(console.type));
  if (isKnown === 'new') {
    add(console, 'inverted_gate');
    const message = `\`debug_console.flags\` gets \`inverted_gate\`: in revision ${from} the driver of ${type} does that by itself`;
    notes.push(note(SAME, message, NOTHING_TO_DO, at));
  } else if (has(console, 'inverted_gate')) {
    drop(console, 'inverted_gate');
    const message = `\`inverted_gate\` of \`debug_console\` is left out: in revision ${to} the driver of ${type} does that by itself`;
    notes.push(note(SAME, message, NOTHING_TO_DO, at));
  } else {
    const message = `\`debug_console\` has no \`inverted_gate\`: in revision ${to} the driver of ${type} inverts the bit of the clock gate always`;
    notes.push(note('meaning', message, 'check whether the UART keeps its clock on the target', at));
  }
}

/** A console whose driver the release does not have is none: its address and flags would say nothing. */
function dropConsoles({ data, target, to, notes }: Move): void {
  const owners: [PlainMap, ManifestPath][] = [
    [data, ['debug_console']],
    [data, ['console']],
    [(data.root_cell ?? {}) as PlainMap, ['root_cell', 'console']],
  ];
  for (const [owner, path] of owners) {
    const key = String(path.at(-1));
    const { type, address } = (owner[key] ?? {}) as Record<string, string | undefined>;
    if (type === undefined || type.startsWith('0x')) continue;
    if (Object.hasOwn(target.names.console.types, type)) continue;
    delete owner[key];
    const what = `the ${type} console${address === undefined ? '' : ` at ${address}`}`;
    notes.push(
      note(
        'lost',
        `${quoted(path.join('.'))} is left out: ${describeRevision(to)} has no driver for ${what}`,
        'write a console that this release has; without one its output is lost',
        path,
      ),
    );
  }
}

/** Cells were permitted to use the hypervisor's console by another name, and another bit. */
function carryConsolePermission(move: Move): void {
  const { data, notes, to } = move;
  const [before, after] = ['debug_console', 'virtual_console_permitted'];
  const isKnown = known(before, move, ({ names }) => names.cellFlags);
  const path: ManifestPath = data.root_cell === undefined ? ['flags'] : ['root_cell', 'flags'];
  const owner = (data.root_cell as PlainMap | undefined) ?? data;
  const [old, fresh] = isKnown === 'lost' ? [before, after] : [after, before];
  if (isKnown === null || !has(owner, old)) return;
  setWords(
    owner,
    wordsOf(owner).map((word) => (word === old ? fresh : word)),
  );
  const message = `the flag \`${old}\` of the cell becomes \`${fresh}\`, as ${describeRevision(to)} calls it`;
  notes.push(note(SAME, message, NOTHING_TO_DO, path));
}

/** What a release says of the consoles in another field, by another name, or not at all. */
export function carryConsoles(move: Move): void {
  carryRootPage(move);
  carryConsole3(move);
  carryInvertedGate(move);
  carryConsolePermission(move);
  dropConsoles(move);
}
