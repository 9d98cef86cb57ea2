import { isTreeRule } from '../placement/arm/tree-checks/rules.ts';
import { agreedArchitecture, supportOf } from '../placement/architectures.ts';
import { isBundleName } from '../manifest/name.ts';
import { cellName } from '../formats/cell/config.ts';
import { checkCell, isAboutOneCell, isCellRule } from '../checks/cell/check.ts';
import { checkLoader } from '../checks/loader.ts';
import type { CellConfig, SystemConfig } from '../formats/cell/types.ts';
import type { RootFacts } from '../formats/root/facts.ts';
import { attempt, type Diagnostic, InputError } from '../base/diagnostic.ts';
import {
  evaluateKernel,
  type CellOfKernel,
  type KernelEvaluation,
  type JudgedKernel,
  type KernelInputs,
  type KernelRequest,
} from './kernel.ts';
import type { Placement, Profile } from '../base/choices.ts';
import { applyWaivers } from '../checks/waivers.ts';
import type { Manifest } from '../manifest/types.ts';
import type { ArchitectureSupport } from '../placement/architecture.ts';
import type { Plan, PlanResult } from '../placement/types.ts';
import type { RuleState } from '../checks/coverage.ts';
import { profileNote } from './profile-note.ts';
import { statesOfCell } from './states.ts';
import { withoutConsequences } from '../checks/consequences.ts';
import type { ConfigEvidence } from '../checks/kernel/evidence.ts';

/** What is asked for; a manifest says all of it. */
export interface CellRequest extends KernelRequest {
  /** Of the bundle; `null`: the cell's own. */
  name: string | null;
  placement: Placement;
  checks: Omit<Manifest['checks'], 'rules'>;
}

/**
 * What the checks need; for the plan, a loader's size is enough. `null` is what was not given or not readable; of a cell that
 * was given and is `unreadable` the error was reported by whoever read it.
 */
export interface CellInputs extends KernelInputs {
  cell: CellConfig | 'unreadable' | null;
  system: SystemConfig | null;
  /** The cell's device tree. `none`: there is none; `null`: nobody said. */
  dtb: Uint8Array | 'none' | null;
  loaderSize: number | null;
  /** The loader's file, where it is to be looked into; of one that is too large for a loader, its first bytes. */
  loader?: Uint8Array | null;
  /** What is known of the root cell's Linux. */
  rootFacts?: RootFacts;
}

/** What does not stand in the manifest. */
export interface EvaluateOptions {
  /** Where the manifest names none. */
  profile: Profile;
  /** `YYYY-MM-DD`, for waivers. */
  today: string;
}

/** A cell that can be bundled. */
export interface PlannedCell {
  /** Of the bundle. */
  name: string;
  /** As the hypervisor knows it. */
  cellName: string;
  cell: CellConfig;
  /** What `uname -m` says on targets that can run it. */
  machines: readonly string[];
  plan: Plan;
  profile: Profile;
  configSource: 'file' | 'embedded' | null;
}

/** A cell, and the machine it is made for where that is known. */
interface CellOnMachine {
  cell: CellConfig;
  system: SystemConfig | null;
}

export interface Evaluation {
  /** `null` where no plan could be made; `diagnostics` says why. */
  planned: PlannedCell | null;
  /** `null` where the cell config cannot be read. */
  machine: CellOnMachine | null;
  /** `null` where nothing could be judged. */
  kernel: JudgedKernel | null;
  /** What became of each rule; `null` where nothing was judged. */
  states: readonly RuleState[] | null;
  /** Everything that was found, waived or not. */
  diagnostics: Diagnostic[];
}

function bundleName(wanted: string | null, cell: string): string {
  const name = wanted ?? cell;
  if (isBundleName(`${name}.service`)) return name;
  throw new InputError('manifest/name', `the cell's name '${cell}' is not allowed as the name of a bundle`, {
    fix: 'add `name:` with letters, digits, dots, dashes and underscores',
    path: ['name'],
  });
}

const NOT_PLANNED: Diagnostic = {
  code: 'placement/not-judged',
  severity: 'info',
  message:
    'the layout in the cell’s memory was not judged: it depends on the device tree, which was not given',
  fix: 'give the cell’s device tree, too',
  path: ['dtb'],
};

/** The cell, what it is called, and what the product knows of its architecture; what is wrong with that is reported. */
interface Target extends CellOnMachine {
  inmate: string | null;
  name: string | null;
  /** `null`: cell and kernel are for different ones, or nothing says which. */
  support: ArchitectureSupport | null;
}

function readTarget(problems: Diagnostic[], request: CellRequest, inputs: CellInputs): Target | null {
  const { cell, system, kernel } = inputs;
  if (cell === null || cell === 'unreadable') return null;
  const inmate = attempt(problems, ['cell'], () => cellName(cell));
  const name = inmate && attempt(problems, ['name'], () => bundleName(request.name, inmate));
  const architecture = kernel
    ? attempt(problems, ['cell'], () => agreedArchitecture(cell.architecture, kernel.architecture))
    : cell.architecture;
  return { cell, system, inmate, name, support: architecture && supportOf(architecture) };
}

const deviceTree = ({ dtb }: CellInputs): Uint8Array | null => (dtb === 'none' ? null : dtb);

const cellOfKernel = (
  { cell, system, support }: Target,
  { cmdline }: CellRequest,
  inputs: CellInputs,
): CellOfKernel => ({
  architecture: cell.architecture,
  evidence:
    support &&
    (() => ({
      config: cell,
      system,
      uartFlags: support.announcesUarts(cell),
      hasStdout: support.hasStdout(deviceTree(inputs)),
      storage: support.storage(deviceTree(inputs)),
      cma: support.cma(deviceTree(inputs)),
      drivers: support.drivers(cell, deviceTree(inputs), cmdline ?? ''),
    })),
});

const loaderFindings = (cell: CellConfig, { loader, loaderSize, kernel }: CellInputs): Diagnostic[] =>
  loader
    ? checkLoader(
        loader,
        loaderSize ?? loader.length,
        cell,
        cell.architecture ?? kernel?.architecture ?? null,
      )
    : [];

/** What the rules find, with the waivers applied. */
function judgedFindings(
  target: Target | null,
  { findings, verdict }: KernelEvaluation,
  { plan, diagnostics: layout }: PlanResult,
  { checks }: CellRequest,
  inputs: CellInputs,
  { today }: EvaluateOptions,
): Diagnostic[] {
  // The error of a cell that cannot be read is reported: it does not count as missing.
  const ofKernel = findings.filter(
    ({ code }) => inputs.cell !== 'unreadable' || code !== 'kernel/not-judged',
  );
  const ofCell = target ? checkCell(target.system, target.cell, inputs.rootFacts) : [];
  const ofLoader = target ? loaderFindings(target.cell, inputs) : [];
  return applyWaivers([...ofCell, ...ofLoader, ...ofKernel, ...layout], checks.waive, today, {
    // What compares cells is not judged to its end here, and the other rules only where there is evidence.
    isJudged: (rule) => {
      if (isCellRule(rule)) return isAboutOneCell(rule);
      if (rule === 'loader/format') return inputs.loader !== null && inputs.loader !== undefined;
      if (isTreeRule(rule)) return plan !== null && target?.support?.needsDtb === true;
      return verdict !== null && !verdict.unjudged.has(rule);
    },
    projectRules: (inputs.rules ?? []).map(({ id }) => id),
  });
}

/** Where everything goes; no plan where something for it is missing. A vmlinux is evidence, and has no place. */
function planLayout(
  target: Target | null,
  request: CellRequest,
  inputs: CellInputs,
  config: ConfigEvidence | null,
): PlanResult {
  const { kernel, initrd, loaderSize } = inputs;
  if (!target?.support || !kernel) return { plan: null, diagnostics: [] };
  const { cell, system, support } = target;
  if (kernel.image.format === 'vmlinux' && !(support.needsDtb && deviceTree(inputs)))
    return { plan: null, diagnostics: [] };
  if (support.needsDtb && inputs.dtb === null) return { plan: null, diagnostics: [NOT_PLANNED] };
  return support.plan({
    cell,
    kernel,
    initrdSize: initrd === null || initrd === 'none' ? null : BigInt(initrd.size),
    dtb: deviceTree(inputs),
    cmdline: request.cmdline ?? '',
    placement: request.placement,
    decompressionFactor: null,
    loaderSize: loaderSize === null ? null : BigInt(loaderSize),
    system,
    config: config && config.source !== 'none' ? config.config : null,
  });
}

/** Checks a cell, its kernel and the layout of both, as far as they are given; all findings together. */
export function evaluateCell(request: CellRequest, inputs: CellInputs, options: EvaluateOptions): Evaluation {
  const profile = request.checks.profile ?? options.profile;
  const problems: Diagnostic[] = [];
  const target = readTarget(problems, request, inputs);
  const kernel = evaluateKernel(request, inputs, target && cellOfKernel(target, request, inputs), profile);
  const layout = planLayout(target, request, inputs, kernel.config);
  const judged = judgedFindings(target, kernel, layout, request, inputs, options);
  // The error of a cell that cannot be read was reported by whoever read it.
  const judgedWhole = inputs.cell === 'unreadable' ? null : kernel.verdict;
  const found = withoutConsequences([...problems, ...kernel.diagnostics, ...judged]);
  return {
    planned: layout.plan && target && plannedCell(target, layout.plan, profile, kernel.config),
    machine: target && { cell: target.cell, system: target.system },
    kernel: kernel.verdict,
    states: statesOfCell({
      on: target,
      architecture: target?.cell.architecture ?? inputs.kernel?.architecture ?? null,
      kernel: kernel.verdict?.states,
      facts: inputs.rootFacts ?? null,
      hasTree: deviceTree(inputs) !== null,
      isPlanned: layout.plan !== null,
    }),
    diagnostics: [...found, ...profileNote(request.checks.profile, profile, judgedWhole, found)],
  };
}

function plannedCell(
  { cell, inmate, name, support }: Target,
  plan: Plan,
  profile: Profile,
  config: ConfigEvidence | null,
): PlannedCell | null {
  if (name === null || inmate === null || support === null) return null;
  const configSource = config && config.source !== 'none' ? config.source : null;
  return { name, cellName: inmate, cell, machines: support.machines, plan, profile, configSource };
}
