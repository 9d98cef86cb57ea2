import { agreedArchitecture, supportOf } from './architectures.ts';
import { isBundleName } from './bundle/names.ts';
import { cellName, parseCellConfig } from './cell/config.ts';
import { checkCell, isAboutOneCell, isCellRule } from './cell-check/check.ts';
import { parseSystemConfig } from './cell/system.ts';
import type { CellConfig, SystemConfig } from './cell/types.ts';
import { InputError, type Diagnostic, type ManifestPath } from './diagnostic.ts';
import { checkKernel } from './kernel-check/check.ts';
import type { ConfigEvidence, Profile } from './kernel-check/evidence.ts';
import type { ExaminedKernel } from './kernel/examine.ts';
import { parseKernelConfig } from './kernel/kconfig.ts';
import { applyWaivers } from './waivers.ts';
import type { Manifest } from './manifest/types.ts';
import type { Plan } from './plan/types.ts';

/** The contents that the checks need; of initrd and loader their sizes are enough. */
export interface CellInputs {
  cell: Uint8Array;
  system: Uint8Array | null;
  /** `null`: it could not be read, which somebody else reports. */
  kernel: ExaminedKernel | null;
  kernelConfig: Uint8Array | null;
  initrdSize: number | null;
  dtb: Uint8Array | null;
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
export interface CellOnMachine {
  cell: CellConfig;
  system: SystemConfig | null;
}

export interface Evaluation {
  /** `null` where no plan could be made; `diagnostics` says why. */
  planned: PlannedCell | null;
  /** `null` where the cell config cannot be read. */
  machine: CellOnMachine | null;
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

function bundleName(manifest: Manifest, cell: string): string {
  const name = manifest.name ?? cell;
  if (isBundleName(`${name}.service`)) return name;
  throw new InputError('manifest/name', `the cell's name '${cell}' cannot name a bundle`, {
    hint: 'add `name:` with letters, digits, dots, dashes and underscores',
    path: ['name'],
  });
}

function configEvidence(
  diagnostics: Diagnostic[],
  file: Uint8Array | null,
  { embedded }: ExaminedKernel,
): ConfigEvidence | null {
  if (file !== null) {
    const config = attempt(diagnostics, ['kernel', 'config'], () => parseKernelConfig(file));
    return config && { source: 'file', config };
  }
  if (embedded instanceof InputError) {
    diagnostics.push({ path: ['kernel', 'image'], ...embedded.diagnostic });
    return null;
  }
  if (embedded.kind !== 'found') return { source: 'none', why: embedded };
  const config = attempt(diagnostics, ['kernel', 'image'], () => parseKernelConfig(embedded.text));
  return config && { source: 'embedded', config };
}

/** Checks a cell, its kernel and the layout of both; all findings together. */
export function evaluateCell(manifest: Manifest, inputs: CellInputs, options: EvaluateOptions): Evaluation {
  const diagnostics: Diagnostic[] = [];
  const { kernel, system: systemFile } = inputs;

  const cell = attempt(diagnostics, ['cell'], () => parseCellConfig(inputs.cell));
  const inmate = cell && attempt(diagnostics, ['cell'], () => cellName(cell));
  const name = inmate && attempt(diagnostics, ['name'], () => bundleName(manifest, inmate));
  const system = systemFile && attempt(diagnostics, ['system'], () => parseSystemConfig(systemFile));
  const machine = cell && { cell, system };
  const cellFindings = cell ? checkCell(system, cell) : [];
  /** What compares cells is not judged to its end here, and the kernel's rules only where there is evidence. */
  const judge = (kernelFindings: readonly Diagnostic[] | null): void => {
    const isJudged = (rule: string): boolean =>
      isCellRule(rule) ? isAboutOneCell(rule) : kernelFindings !== null;
    const findings = [...cellFindings, ...(kernelFindings ?? [])];
    diagnostics.push(...applyWaivers(findings, manifest.checks.waive, options.today, isJudged));
  };
  if (!kernel) {
    judge(null);
    return { planned: null, machine, diagnostics };
  }

  const support =
    cell &&
    attempt(diagnostics, ['cell'], () =>
      supportOf(agreedArchitecture(cell.architecture, kernel.architecture)),
    );
  diagnostics.push(...kernel.notes);
  const profile = manifest.checks.profile ?? options.profile;
  const config = configEvidence(diagnostics, inputs.kernelConfig, kernel);
  judge(
    config &&
      checkKernel({
        profile,
        architecture: kernel.architecture,
        image: kernel.image,
        config,
        cmdline: manifest.cmdline,
        // Of a cell that cannot be read, nothing is held against the kernel.
        uartFlags: cell === null || support === null || support.announcesUarts(cell),
        drivers: cell && support ? support.drivers(cell, inputs.dtb, manifest.cmdline) : [],
        require: manifest.checks.require,
      }),
  );
  if (!cell || !support) return { planned: null, machine, diagnostics };

  const { plan, diagnostics: layoutProblems } = support.plan({
    cell,
    kernel,
    initrdSize: inputs.initrdSize === null ? null : BigInt(inputs.initrdSize),
    dtb: inputs.dtb,
    cmdline: manifest.cmdline,
    placement: manifest.placement,
    decompressionFactor: null,
    loaderSize: inputs.loaderSize === null ? null : BigInt(inputs.loaderSize),
  });
  // A rule has said that already, from the same header.
  const isTold = diagnostics.some(({ code, waived }) => code === 'kernel/64bit' && !waived);
  diagnostics.push(...layoutProblems.filter(({ code }) => code !== 'kernel/32-bit' || !isTold));
  if (!plan || !name || !inmate) return { planned: null, machine, diagnostics };
  const configSource = config && config.source !== 'none' ? config.source : null;
  const { machines } = support;
  return {
    planned: { name, cellName: inmate, cell, machines, plan, profile, configSource },
    machine,
    diagnostics,
  };
}
