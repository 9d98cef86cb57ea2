import type { ManifestPath } from '../base/diagnostic.ts';
import { PAGE_SIZE } from '../base/address.ts';
import { pathOf, phandlesOf } from '../formats/dtb/walk.ts';
import { boardConsole, pcConsole, type GivenConsole } from './console.ts';
import { giveDevice, tellOutsideRoot, type Board, type GivenDevice } from './device.ts';
import { deviceNames, findDevice } from './find-device.ts';
import type { Findings } from './findings.ts';
import { givePciDevice, type GivenPciDevice } from './pc-devices.ts';
import type { CellWish, MachineState } from './request.ts';
import { nearest } from '../base/text.ts';
import type { Wish } from '../manifest/wish/parse.ts';

function giveDevices(
  { wish }: CellWish,
  board: Board,
  machine: MachineState,
  console: GivenConsole | null,
  findings: Findings,
): GivenDevice[] {
  const named = new Set([console?.given?.device.node]);
  return wish.devices.flatMap(({ node, clocks, interrupts }, index) => {
    const at: ManifestPath = ['devices', index];
    const device = findDevice(board.tree, node);
    if (device === null) {
      const meant = nearest(node, deviceNames(board.tree));
      const fix =
        meant === undefined
          ? 'write its alias, the path of its node, or its address'
          : `did you mean \`${meant}\`?`;
      findings.ask('device', at, `the board's device tree has no ${node}`, fix);
      return [];
    }
    if (named.has(device.node)) {
      findings.ask('device', at, `the cell has ${pathOf(device)} already`, 'name each device once');
      return [];
    }
    named.add(device.node);
    const answers = {
      rates: clocks,
      rate: null,
      rateAt: at,
      interrupts,
      at,
      canPoll: false,
      isConsole: false,
    };
    return giveDevice(board, machine, device, answers, findings) ?? [];
  });
}

/** Without the board's device tree nothing is known of a device, but where it is if the wish says so. */
function askForDevices({ console, devices }: Wish, machine: MachineState, findings: Findings): void {
  const wished: [ManifestPath, string][] = devices.map(({ node }, index) => [['devices', index], node]);
  if (console !== null) wished.unshift([['console'], console]);
  for (const [at, name] of wished) {
    const fix = 'give the board’s device tree: its nodes say what the cell needs of a device';
    findings.ask('device', at, `what ${name} is cannot be looked up`, fix);
    if (/^0x[0-9a-f]+$/i.test(name)) {
      tellOutsideRoot(machine.system, { start: BigInt(name), size: PAGE_SIZE }, name, at, findings);
    }
  }
}

export interface Devices {
  console: GivenConsole | null;
  devices: GivenDevice[];
  pciDevices: GivenPciDevice[];
}

export function chooseDevices(
  request: CellWish,
  board: Board | null,
  machine: MachineState,
  findings: Findings,
): Devices {
  const { wish } = request;
  if (machine.system.architecture === 'x86') {
    return {
      console: wish.console === null ? null : pcConsole(wish, machine, findings),
      devices: [],
      pciDevices: wish.devices.flatMap(
        (device, index) => givePciDevice(device, machine, ['devices', index], findings) ?? [],
      ),
    };
  }
  if (board === null) {
    askForDevices(wish, machine, findings);
    return { console: null, devices: [], pciDevices: [] };
  }
  const console = wish.console === null ? null : boardConsole(wish, board, machine, findings);
  return { console, devices: giveDevices(request, board, machine, console, findings), pciDevices: [] };
}

export function readBoard({ system, facts }: MachineState, findings: Findings): Board | null {
  if (system.architecture === 'x86') return null;
  if (facts.board !== null) return { tree: facts.board, phandles: phandlesOf(facts.board) };
  findings.ask(
    'board',
    [],
    'a cell of arm needs a device tree, which is made from the board’s: it was not given',
    'copy /sys/firmware/fdt of the root cell’s Linux, and add `board: board.dtb`',
  );
  return null;
}
