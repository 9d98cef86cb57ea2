import { basename, dirname } from 'node:path';
import type { InputFile } from '../bundle/inputs.ts';
import type { MachineBundleInput } from '../bundle/machine/input.ts';
import { checkMachineNames } from '../bundle/machine/names.ts';
import { hasErrors, type Diagnostic } from '../base/diagnostic.ts';
import { checkMachine, isCellRule, type CellFinding } from '../checks/cell/check.ts';
import { withoutConsequences } from '../checks/consequences.ts';
import { OTHER_CELLS, toldElsewhere, withInputs } from '../checks/coverage.ts';
import { markWaived } from '../checks/waivers.ts';
import { cellName } from '../formats/cell/config.ts';
import { versionNamed } from '../formats/cell/layout-ids.ts';
import { encodeConfig } from '../formats/cell/yaml/compile.ts';
import { supportOf } from '../placement/architectures.ts';
import { withCell } from '../machine/with-cell.ts';
import { checkOrder } from '../machine/order.ts';
import { parseMachine, type MachineCell, type ParsedMachine } from '../manifest/machine/parse.ts';
import { prepareBareCell, type PreparedBareCell } from './bare-cell.ts';
import { fileNamedAt, readContents, seeFiles, type SeenFiles } from './contents.ts';
import { inputFilesOf } from './input-files.ts';
import { linkMembers, readMembers, wishOf, type ReadMember } from './machine-members.ts';
import type { ReadyMachine, ReadyMember } from './pack-machine.ts';
import { prepareParsed } from './prepare.ts';
import {
  NOTHING_PREPARED,
  NOTHING_READ,
  type Prepared,
  type PreparedCell,
  type PrepareOptions,
  type SharedMachine,
} from './prepared.ts';
import type { InputStore } from './store.ts';

/** A cell of a machine that was read and checked. */
interface MachineMember extends PreparedCell, Pick<ReadMember, 'at' | 'file' | 'text'> {
  /** Without Linux, where that can be laid out. */
  bare?: PreparedBareCell['bare'];
  /** Why nothing of it was checked. */
  skipped?: string;
}

/** A machine file, read and checked with all that it names. */
export interface PreparedMachine extends Pick<Prepared, 'diagnostics' | 'fileAt' | 'descriptions'> {
  locate: ParsedMachine['locate'];
  /** It, and those of its cells that are known; `null`: nothing is known of it. */
  shared: Pick<SharedMachine, 'system' | 'cells'> | null;
  cells: readonly MachineMember[];
  /** What it names, and itself. */
  read: PreparedCell['read'];
  /** `null` where there is an error in it, or in one of its cells. */
  ready: ReadyMachine | null;
}

/** A cell that cannot be looked at, because nothing is known of its machine, or because it cannot be read. */
const unread = ({
  problems,
  locate,
}: Pick<ParsedMachine, 'locate'> & { problems: readonly Diagnostic[] }): PreparedCell => ({
  ...NOTHING_PREPARED,
  diagnostics: [...problems],
  locate,
  fileAt: () => null,
  descriptions: new Map(),
});

const NO_MACHINE = 'its machine could not be read';

async function prepareMember(
  member: ReadMember,
  machineFile: string,
  store: InputStore,
  options: PrepareOptions,
  machine: SharedMachine | null,
): Promise<MachineMember> {
  const { at, file, text, problems } = member;
  if (member.kind === 'unreadable') {
    const locate = () => ({ start: 0, end: 0 });
    return { at, file, text, ...unread({ problems, locate }) };
  }
  const parsed = { ...member.parsed, problems: [...member.parsed.problems, ...problems] };
  const where = file ?? machineFile;
  if (machine === null) {
    const skipped = hasErrors(parsed.problems) ? {} : { skipped: NO_MACHINE };
    return { at, file, text, ...unread(parsed), ...skipped };
  }
  const prepared =
    member.kind === 'bare'
      ? await prepareBareCell(where, { ...member.parsed, ...parsed }, store, options, machine)
      : await prepareParsed(where, text, { ...member.parsed, ...parsed }, store, options, machine);
  return { at, file, text, ...prepared };
}

/** What is known of the machine; `null` where something of it cannot be read. */
async function readMachine({ machine }: ParsedMachine, inputs: SeenFiles): Promise<SharedMachine | null> {
  if (machine === null || hasErrors(inputs.diagnostics)) return null;
  const { system: given, rootFacts: facts } = await readContents(inputs, machine.root?.cmdline ?? null, []);
  const system = typeof machine.system === 'string' ? given : machine.system;
  if (system === null || hasErrors(inputs.diagnostics)) return null;
  return { given: system, layout: machine.layout, system, facts, cells: [], ends: new Map() };
}

const isSame = (one: Diagnostic, other: Diagnostic): boolean =>
  one.code === other.code && one.message === other.message;

/** Whether one of them says the same, or what it follows from. */
const isRetold = (finding: Diagnostic, told: readonly Diagnostic[]): boolean =>
  told.some((each) => isSame(each, finding)) || !withoutConsequences([...told, finding]).includes(finding);

/**
 * What the machine as a whole breaks. The cells were looked at one by one: what they were told of themselves is not told
 * again, and what they were told of the root cell is told once, of the machine.
 */
function checkWhole(
  machine: SharedMachine,
  members: readonly MachineMember[],
  cells: readonly MachineCell[],
  today: string,
): Diagnostic[] {
  const places = members.flatMap(({ machine: own }, index) => (own ? [index] : []));
  const at = (cell: number): MachineMember => members[places[cell]!]!;
  const findings = checkMachine(machine.system, machine.cells, machine.facts);
  const isRepeated = (each: Diagnostic): boolean =>
    findings.some((found) => isSame(found, each) || (found.code === each.code && found.cells.length === 0));
  for (const { diagnostics } of members) {
    const own = diagnostics.filter((each) => !isOfRoot(each) || !isRepeated(each));
    diagnostics.splice(0, diagnostics.length, ...own);
  }
  const isTold = (finding: CellFinding): boolean =>
    finding.cells.length === 1 && isRetold(finding, at(finding.cells[0]!).diagnostics);
  return findings
    .filter((finding) => !isTold(finding))
    .flatMap(({ cells: concerned, places: _places, ...finding }) => {
      const last = concerned.at(-1);
      const isMachines = finding.path?.[0] === 'system' || last === undefined;
      const path = isMachines ? finding.path : cells[places[last]!]!.at;
      const accepting = concerned.length === 0 ? members : concerned.map(at);
      const waivers = accepting.flatMap((member) => member.waivers);
      return markWaived([{ ...finding, ...(path ? { path } : {}) }], waivers, today);
    });
}

const isOfRoot = ({ code, path }: Diagnostic): boolean => path?.[0] === 'system' && isCellRule(code);

/** Cells whose configs are given have what these say, so wishes are planned after them, in the order of the file. */
async function prepareMembers(
  cells: readonly MachineCell[],
  machineFile: string,
  store: InputStore,
  options: PrepareOptions,
  start: SharedMachine | null,
): Promise<{ members: MachineMember[]; machine: SharedMachine | null }> {
  const read = await readMembers(cells, machineFile, options.onInput);
  const members: MachineMember[] = [];
  let machine = start;
  const prepare = async (member: ReadMember, index: number): Promise<void> => {
    const prepared = await prepareMember(member, machineFile, store, options, machine);
    members[index] = prepared;
    if (machine && prepared.machine) machine = withMember(machine, prepared);
  };
  const isWish = (member: ReadMember): boolean => wishOf(member, machineFile) !== null;
  for (const [index, member] of read.entries()) if (!isWish(member)) await prepare(member, index);
  const given = members.filter((_, index) => !isWish(read[index]!));
  const names = new Set(given.flatMap(({ machine: own }) => (own ? cellName(own.cell) : [])));
  const isWhole = given.every(({ machine: own }) => own !== null);
  for (const [index, member] of linkMembers(read, machineFile, names, isWhole).entries()) {
    if (isWish(member)) await prepare(member, index);
  }
  return { members, machine };
}

function withMember(machine: SharedMachine, { machine: own, made }: MachineMember): SharedMachine {
  const { cell, system } = own!;
  return made === null
    ? { ...machine, cells: [...machine.cells, cell] }
    : withCell(machine, { name: cellName(cell), system: system!, cell, ends: made.ends });
}

/** Reads a machine file and all that it names; plans its cells one after another, then checks them together. */
export async function prepareMachine(
  machineFile: string,
  text: string,
  store: InputStore,
  options: PrepareOptions,
): Promise<PreparedMachine> {
  const parsed = parseMachine(text);
  const inputs = await seeFiles(
    { files: parsed.files, folder: dirname(machineFile), layout: versionNamed(parsed.machine?.layout) },
    store,
    options.onInput,
  );
  const { diagnostics, descriptions } = inputs;
  diagnostics.unshift(...parsed.problems);
  const start = await readMachine(parsed, inputs);
  const { members, machine } = await prepareMembers(parsed.cells, machineFile, store, options, start);
  const name = parsed.machine?.name ?? basename(machineFile).replace(/\.machine\.ya?ml$/, '');
  const order = parsed.machine && orderOf(parsed.cells, members, name, diagnostics);
  if (machine) diagnostics.push(...checkWhole(machine, members, parsed.cells, options.today));
  const compress = parsed.machine?.compress ?? 'none';
  const others = members.length > 1 ? OTHER_CELLS : [];
  for (const member of members) member.diagnostics.push(...otherPacking(member, compress));
  const files = [
    ...inputFilesOf(inputs, [{ key: 'machine', file: basename(machineFile), text }]),
    ...(options.ruleFiles ?? []),
  ];
  const codes = diagnostics.map(({ code }) => code);
  const hasFailed = [inputs, ...members].some((each) => hasErrors(each.diagnostics));
  return {
    diagnostics,
    descriptions,
    locate: parsed.locate,
    fileAt: (path) => fileNamedAt(inputs, path),
    shared: machine && { system: machine.system, cells: machine.cells },
    cells: members.map((member) => ({
      ...member,
      states: member.states && toldElsewhere(withInputs(member.states, [...others, 'all-cells']), codes),
    })),
    read: { ...NOTHING_READ, files },
    ready:
      machine && parsed.machine && order && (!hasFailed || options.force)
        ? await readyMachine(
            {
              name,
              system: machine.system,
              diagnostics,
              version: parsed.machine.version,
              compatible: parsed.machine.compatible,
              compress,
            },
            order,
            members,
            parsed.cells,
            files,
          )
        : null,
  };
}

/** Places of the cells in the order in which they are started; `null` where names or order are wrong. */
function orderOf(
  cells: readonly MachineCell[],
  members: readonly MachineMember[],
  machineName: string,
  diagnostics: Diagnostic[],
): number[] | null {
  const named = cells.map(({ after, at }, index) => ({ after, at, name: members[index]!.name }));
  const { order, diagnostics: found } = checkOrder(named);
  const known = named.flatMap(({ name, at }) => (name === null ? [] : [{ name, at }]));
  const names = checkMachineNames(machineName, known);
  diagnostics.push(...found, ...names);
  return names.length === 0 ? order : null;
}

/** A cell's manifest may ask for a packing that its own bundle would have. */
const otherPacking = ({ ready }: MachineMember, compress: ReadyMachine['compress']): Diagnostic[] =>
  ready === null || ready.compress === 'none' || ready.compress === compress
    ? []
    : [
        {
          code: 'machine/compress',
          severity: 'warning',
          message: `\`bundle.compress\` is not used: the bundle of the machine ${compress === 'none' ? 'is not compressed' : `is compressed with ${compress}`}`,
          fix: `write \`bundle: { compress: ${ready.compress} }\` at the top level of the machine file`,
          path: ['bundle', 'compress'],
        },
      ];

/** The bundle of cells that passed; `null` where one of them cannot be laid out. */
async function readyMachine(
  {
    compress,
    ...machine
  }: Pick<MachineBundleInput, 'name' | 'system' | 'diagnostics' | 'version' | 'compatible'> &
    Pick<ReadyMachine, 'compress'>,
  order: readonly number[],
  members: readonly MachineMember[],
  cells: readonly MachineCell[],
  inputs: readonly InputFile[],
): Promise<ReadyMachine | null> {
  const ready = order.flatMap((place): ReadyMember[] => {
    const { name: cell, ready: linux, bare } = members[place]!;
    const { after } = cells[place]!;
    if (cell === null) return [];
    if (linux) return [{ name: cell, after, linux }];
    return bare ? [{ name: cell, after, bare }] : [];
  });
  if (ready.length < members.length) return null;
  const { layOutMachine } = await import('./pack-machine.ts');
  const systemFile = encodeConfig(machine.system);
  const { machines } = supportOf(machine.system.architecture);
  return layOutMachine({ ...machine, systemFile, machines, inputs }, ready, compress);
}
