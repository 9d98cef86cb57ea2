import { agreedArchitecture, supportOf } from '../placement/architectures.ts';
import { isBundleName } from '../manifest/name.ts';
import { cellName } from '../formats/cell/config.ts';
import { checkCell, isAboutOneCell, isCellRule } from '../checks/cell/check.ts';
import type { CellConfig, SystemConfig } from '../formats/cell/types.ts';
import { attempt, type Diagnostic, InputError } from '../base/diagnostic.ts';
import { evaluateKernel, type JudgedKernel, type KernelInputs, type KernelRequest } from './kernel.ts';
import type { Placement, Profile } from '../base/choices.ts';
import { applyWaivers } from '../checks/waivers.ts';
import type { Manifest } from '../manifest/types.ts';
import type { Plan } from '../placement/types.ts';

/** What is asked for; a manifest says all of it. */
export interface CellRequest extends KernelRequest {
  /** Of the bundle; `null`: the cell's own. */
  name: string | null;
  placement: Placement;
  checks: Omit<Manifest['checks'], 'rules'>;
}

/**
 * What the checks need; of a loader its size is enough. `null` is what was not given or not readable; of a cell that
 * was given and is `unreadable` the error was reported by whoever read it.
 */
export interface CellInputs extends KernelInputs {
  cell: CellConfig | 'unreadable' | null;
  system: SystemConfig | null;
  /** The cell's device tree. `none`: there is none; `null`: nobody said. */
  dtb: Uint8Array | 'none' | null;
  loaderSize: number | null;
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
  /** Everything that was found, waived or not. */
  diagnostics: Diagnostic[];
}

function bundleName(wanted: string | null, cell: string): string {
  const name = wanted ?? cell;
  if (isBundleName(`${name}.service`)) return name;
  throw new InputError('manifest/name', `the cell's name '${cell}' cannot name a bundle`, {
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

/** What a plan finds, and a rule of the same content may have said already. */
const SAID_BY: Readonly<Record<string, string>> = {
  'kernel/32-bit': 'kernel/64bit',
  'placement/ram-start': 'kernel/auto-zreladdr',
};

/** Checks a cell, its kernel and the layout of both, as far as they are given; all findings together. */
export function evaluateCell(request: CellRequest, inputs: CellInputs, options: EvaluateOptions): Evaluation {
  const diagnostics: Diagnostic[] = [];
  const { kernel, system, initrd } = inputs;

  const cell = inputs.cell === 'unreadable' ? null : inputs.cell;
  const inmate = cell && attempt(diagnostics, ['cell'], () => cellName(cell));
  const name = inmate && attempt(diagnostics, ['name'], () => bundleName(request.name, inmate));
  const machine = cell && { cell, system };
  const support =
    cell && kernel
      ? attempt(diagnostics, ['cell'], () =>
          supportOf(agreedArchitecture(cell.architecture, kernel.architecture)),
        )
      : (cell?.architecture && supportOf(cell.architecture)) || null;
  const evidence =
    cell &&
    support &&
    (() => ({
      config: cell,
      system,
      uartFlags: support.announcesUarts(cell),
      drivers: support.drivers(cell, inputs.dtb === 'none' ? null : inputs.dtb, request.cmdline ?? ''),
    }));
  const profile = request.checks.profile ?? options.profile;
  const ofKernel = cell && { architecture: cell.architecture, evidence };
  const evaluated = evaluateKernel(request, inputs, ofKernel, profile);
  diagnostics.push(...evaluated.diagnostics);
  const { verdict, config } = evaluated;
  /** What compares cells is not judged to its end here, and the kernel's rules only where there is evidence. */
  const isJudged = (rule: string): boolean =>
    isCellRule(rule) ? isAboutOneCell(rule) : verdict !== null && !verdict.unjudged.has(rule);
  // A cell that cannot be read was given: its error is told.
  const isLacking = inputs.cell !== 'unreadable';
  const kernelFindings = evaluated.findings.filter(({ code }) => isLacking || code !== 'kernel/not-judged');
  const findings = [...(cell ? checkCell(system, cell) : []), ...kernelFindings];
  const projectRules = (inputs.rules ?? []).map(({ id }) => id);
  diagnostics.push(
    ...applyWaivers(findings, request.checks.waive, options.today, { isJudged, projectRules }),
  );
  const judged = { machine, kernel: verdict, diagnostics };
  // A vmlinux is evidence and nothing else; a note says so.
  if (!cell || !kernel || !support || kernel.image.format === 'vmlinux') return { planned: null, ...judged };
  if (support.needsDtb && inputs.dtb === null) {
    diagnostics.push(NOT_PLANNED);
    return { planned: null, ...judged };
  }

  const { plan, diagnostics: layoutProblems } = support.plan({
    cell,
    kernel,
    initrdSize: initrd === null || initrd === 'none' ? null : BigInt(initrd.size),
    dtb: inputs.dtb === 'none' ? null : inputs.dtb,
    cmdline: request.cmdline ?? '',
    placement: request.placement,
    decompressionFactor: null,
    loaderSize: inputs.loaderSize === null ? null : BigInt(inputs.loaderSize),
  });
  const isTold = (code: string): boolean =>
    diagnostics.some((finding) => finding.code === SAID_BY[code] && !finding.waived);
  diagnostics.push(...layoutProblems.filter(({ code }) => !isTold(code)));
  if (!plan || !name || !inmate) return { planned: null, ...judged };
  const configSource = config && config.source !== 'none' ? config.source : null;
  const { machines } = support;
  return { planned: { name, cellName: inmate, cell, machines, plan, profile, configSource }, ...judged };
}
