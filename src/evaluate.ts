import { agreedArchitecture, supportOf } from './architectures.ts';
import { isBundleName } from './bundle/names.ts';
import { cellName, parseCellConfig } from './cell/config.ts';
import { checkCell, isAboutOneCell, isCellRule } from './cell-check/check.ts';
import { parseSystemConfig } from './cell/system.ts';
import type { CellConfig, SystemConfig } from './cell/types.ts';
import { failure, InputError, type Diagnostic, type ManifestPath } from './diagnostic.ts';
import { judgeKernel, type KernelVerdict } from './kernel-check/check.ts';
import { architectureOf, type ConfigEvidence, type Profile } from './kernel-check/evidence.ts';
import { chooseConfig } from './kernel-check/own-config.ts';
import type { Rule } from './kernel-check/rule.ts';
import { NOT_JUDGED } from './kernel-check/rules.ts';
import type { InitrdEvidence } from './initrd/types.ts';
import type { ExaminedKernel } from './kernel/examine.ts';
import { parseKernelConfig, type KernelConfig } from './kernel/kconfig.ts';
import { applyWaivers } from './waivers.ts';
import type { Manifest } from './manifest/types.ts';
import type { ArchitectureSupport } from './plan/architecture.ts';
import type { Architecture, Placement, Plan } from './plan/types.ts';

/** What is asked for; a manifest says all of it. */
export interface CellRequest {
  /** Of the bundle; `null`: the cell's own. */
  name: string | null;
  /** `null`: nobody said which. */
  cmdline: string | null;
  placement: Placement;
  checks: Omit<Manifest['checks'], 'rules'>;
}

/** The contents that the checks need; of a loader its size is enough. `null` is what was not given or not readable. */
export interface CellInputs {
  cell: Uint8Array | null;
  system: Uint8Array | null;
  kernel: ExaminedKernel | null;
  kernelConfig: Uint8Array | null;
  /** `none`: there is none; `null`: nobody said. */
  initrd: InitrdEvidence | 'none' | null;
  /** The cell's device tree. `none`: there is none; `null`: nobody said. */
  dtb: Uint8Array | 'none' | null;
  loaderSize: number | null;
  /** The project's own kernel rules. */
  rules?: readonly Rule[];
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
export interface CellOnMachine {
  cell: CellConfig;
  system: SystemConfig | null;
}

/** A kernel that was held against the rules. */
export interface JudgedKernel {
  architecture: Architecture;
  /** `null` where there is none. */
  config: KernelConfig | null;
  /** Ids of the rules that apply to it and hold. */
  satisfied: readonly string[];
  /** Rules of the project that were judged, too. */
  rules: readonly Rule[];
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

/** Runs a step; bad input becomes a diagnostic, at `path` if it names no place itself. */
function attempt<T>(diagnostics: Diagnostic[], path: ManifestPath, step: () => T): T | null {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    diagnostics.push({ path, ...error.diagnostic });
    return null;
  }
}

function bundleName(wanted: string | null, cell: string): string {
  const name = wanted ?? cell;
  if (isBundleName(`${name}.service`)) return name;
  throw new InputError('manifest/name', `the cell's name '${cell}' cannot name a bundle`, {
    hint: 'add `name:` with letters, digits, dots, dashes and underscores',
    path: ['name'],
  });
}

/** The config that is built into the image; what is wrong with it is told. */
function embeddedConfig(diagnostics: Diagnostic[], { embedded }: ExaminedKernel): KernelConfig | null {
  if (embedded instanceof InputError) {
    diagnostics.push({ path: ['kernel', 'image'], ...embedded.diagnostic });
    return null;
  }
  if (embedded.kind !== 'found') return null;
  return attempt(diagnostics, ['kernel', 'image'], () => parseKernelConfig(embedded.text));
}

/** The config that the rules go by, `null` where it cannot be read, and what is said of the file that was given. */
function configEvidence(
  diagnostics: Diagnostic[],
  file: Uint8Array | null,
  kernel: ExaminedKernel | null,
): { evidence: ConfigEvidence | null; findings: Diagnostic[] } {
  const embedded = kernel && embeddedConfig(diagnostics, kernel);
  if (file !== null) {
    const given = attempt(diagnostics, ['kernel', 'config'], () => parseKernelConfig(file));
    const banner = kernel && (kernel.contents?.banner ?? kernel.image.version);
    return given ? chooseConfig(given, embedded, banner) : { evidence: null, findings: [] };
  }
  if (embedded !== null) return { evidence: { source: 'embedded', config: embedded }, findings: [] };
  const why = kernel && kernel.embedded;
  const isMissing = why !== null && !(why instanceof InputError) && why.kind !== 'found';
  return { evidence: isMissing ? { source: 'none', why } : null, findings: [] };
}

const NOT_PLANNED: Diagnostic = {
  code: 'placement/not-judged',
  severity: 'info',
  message:
    'the layout in the cell’s memory was not judged: it depends on the device tree, which was not given',
  hint: 'give the cell’s device tree, too',
  path: ['dtb'],
};

interface Known {
  cell: CellConfig | null;
  system: SystemConfig | null;
  /** Of the cell's architecture; `null` where cell and kernel disagree. */
  support: ArchitectureSupport | null;
}

/** The kernel's rules; `null` where there is nothing to judge, or where cell and kernel do not belong together. */
function judgeGivenKernel(
  diagnostics: Diagnostic[],
  request: CellRequest,
  inputs: CellInputs,
  { cell, system, support }: Known,
  config: ConfigEvidence | null,
  profile: Profile,
  rules: readonly Rule[],
): (KernelVerdict & JudgedKernel) | null {
  const { kernel, initrd } = inputs;
  const own = config && config.source !== 'none' ? config.config : null;
  const architecture = kernel?.architecture ?? cell?.architecture ?? (own && architectureOf(own));
  if (config === null || (cell && kernel && !support)) return null;
  if (architecture === null) {
    diagnostics.push(
      failure('kernel/config-architecture', 'the kernel config does not say for which architecture it is', {
        requested: 'CONFIG_X86=y, CONFIG_ARM64=y or CONFIG_ARM=y',
        actual: 'none of them',
        hint: 'give the whole .config of the kernel build, or its image, or the cell',
        path: ['kernel', 'config'],
      }),
    );
    return null;
  }
  const verdict = judgeKernel({
    profile,
    architecture,
    image: kernel && kernel.image,
    contents: kernel && kernel.contents,
    config,
    cmdline: request.cmdline,
    cell: cell &&
      support && {
        config: cell,
        system,
        uartFlags: support.announcesUarts(cell),
        drivers: support.drivers(cell, inputs.dtb === 'none' ? null : inputs.dtb, request.cmdline ?? ''),
      },
    initrd,
    require: request.checks.require,
    rules,
  });
  return { ...verdict, architecture, config: own, rules };
}

/** What a plan finds, and a rule of the same content may have said already. */
const SAID_BY: Readonly<Record<string, string>> = {
  'kernel/32-bit': 'kernel/64bit',
  'placement/ram-start': 'kernel/auto-zreladdr',
};

/** Checks a cell, its kernel and the layout of both, as far as they are given; all findings together. */
export function evaluateCell(request: CellRequest, inputs: CellInputs, options: EvaluateOptions): Evaluation {
  const diagnostics: Diagnostic[] = [];
  const { kernel, cell: cellFile, system: systemFile, initrd } = inputs;

  const cell = cellFile && attempt(diagnostics, ['cell'], () => parseCellConfig(cellFile));
  const inmate = cell && attempt(diagnostics, ['cell'], () => cellName(cell));
  const name = inmate && attempt(diagnostics, ['name'], () => bundleName(request.name, inmate));
  const system = systemFile && attempt(diagnostics, ['system'], () => parseSystemConfig(systemFile));
  const machine = cell && { cell, system };
  const support =
    cell && kernel
      ? attempt(diagnostics, ['cell'], () =>
          supportOf(agreedArchitecture(cell.architecture, kernel.architecture)),
        )
      : (cell?.architecture && supportOf(cell.architecture)) || null;
  if (kernel) diagnostics.push(...kernel.notes);

  const profile = request.checks.profile ?? options.profile;
  const { evidence: config, findings: ownership } = configEvidence(diagnostics, inputs.kernelConfig, kernel);
  const known = { cell, system, support };
  const rules = inputs.rules ?? [];
  const verdict = judgeGivenKernel(diagnostics, request, inputs, known, config, profile, rules);
  /** What compares cells is not judged to its end here, and the kernel's rules only where there is evidence. */
  const isJudged = (rule: string): boolean =>
    isCellRule(rule) ? isAboutOneCell(rule) : verdict !== null && !verdict.unjudged.has(rule);
  // A cell that cannot be read was given: its error is told.
  const isLacking = cellFile === null || cell !== null;
  const kernelFindings = (verdict?.findings ?? []).filter(({ code }) => isLacking || code !== NOT_JUDGED);
  const findings = [
    ...(cell ? checkCell(system, cell) : []),
    ...(initrd === null || initrd === 'none' ? [] : initrd.problems),
    ...ownership,
    ...kernelFindings,
  ];
  const projectRules = rules.map(({ id }) => id);
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
