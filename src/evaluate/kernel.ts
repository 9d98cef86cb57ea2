import { attempt, type Diagnostic, diagnosticOf, failure, InputError } from '../base/diagnostic.ts';
import { judgeKernel, type KernelVerdict } from '../checks/kernel/check.ts';
import type { Architecture, Profile } from '../base/choices.ts';
import { architectureOf, type CellEvidence, type ConfigEvidence } from '../checks/kernel/evidence.ts';
import { applyWaivers } from '../checks/waivers.ts';
import { RULES } from '../checks/kernel/rules/index.ts';
import { chooseConfig } from '../checks/kernel/config-source.ts';
import type { Rule } from '../checks/kernel/rule.ts';
import type { InitrdEvidence } from '../formats/initrd/types.ts';
import type { ExaminedKernel } from '../formats/kernel/examine.ts';
import { parseKernelConfig, type KernelConfig } from '../formats/kernel/kconfig.ts';
import type { Manifest } from '../manifest/types.ts';

/** What is asked for of a kernel. */
export interface KernelRequest {
  /** `null`: nobody said which. */
  cmdline: string | null;
  checks: Pick<Manifest['checks'], 'profile' | 'require'>;
}

/** The contents that the kernel's rules need. `null` is what was not given or not readable. */
export interface KernelInputs {
  kernel: ExaminedKernel | null;
  kernelConfig: Uint8Array | null;
  /** `none`: there is none; `null`: nobody said. */
  initrd: InitrdEvidence | 'none' | null;
  /** The project's own kernel rules. */
  rules?: readonly Rule[];
}

/** The cell that a kernel shall run in. */
export interface CellOfKernel {
  /** `null`: its config does not say. */
  architecture: Architecture | null;
  /** `null` where nobody can say which architecture it is, or where the kernel is for another one. */
  evidence: (() => CellEvidence) | null;
}

/** A kernel that was held against the rules. */
export interface JudgedKernel {
  architecture: Architecture;
  /** `null` where there is none. */
  config: KernelConfig | null;
  /** Rules of the project that were judged, too. */
  rules: readonly Rule[];
}

/** What the rules say of a kernel. */
export interface KernelEvaluation {
  /** What is wrong with the files, or worth a note. */
  diagnostics: Diagnostic[];
  /** What waivers may accept. */
  findings: Diagnostic[];
  /** `null` where there is nothing to judge, or where cell and kernel do not belong together. */
  verdict: (KernelVerdict & JudgedKernel) | null;
  /** What the rules go by; `null` where it cannot be read. */
  config: ConfigEvidence | null;
}

/** The config that is built into the image; what is wrong with it is told. */
function embeddedConfig(diagnostics: Diagnostic[], { embedded }: ExaminedKernel): KernelConfig | null {
  if (embedded instanceof InputError) {
    diagnostics.push(diagnosticOf(embedded, ['kernel', 'image']));
    return null;
  }
  if (embedded.kind !== 'found') return null;
  const config = attempt(diagnostics, ['kernel', 'image'], () => parseKernelConfig(embedded.text));
  // What the kernel build puts in is whole, whatever it looks like.
  return config && { ...config, isPartial: false };
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

/** `null` where there is nothing to judge, or where cell and kernel do not belong together. */
function judgeGivenKernel(
  diagnostics: Diagnostic[],
  request: KernelRequest,
  { kernel, initrd, rules = [] }: KernelInputs,
  cell: CellOfKernel | null,
  config: ConfigEvidence | null,
  profile: Profile,
): (KernelVerdict & JudgedKernel) | null {
  const own = config && config.source !== 'none' ? config.config : null;
  const architecture = kernel?.architecture ?? cell?.architecture ?? (own && architectureOf(own));
  if (config === null || (cell && kernel && !cell.evidence)) return null;
  if (architecture === null) {
    diagnostics.push(
      failure('kernel/config-architecture', 'the kernel config does not say which architecture it is for', {
        requested: 'CONFIG_X86=y, CONFIG_ARM64=y or CONFIG_ARM=y',
        actual: 'none of them',
        fix: 'give the whole .config of the kernel build, or its image, or the cell',
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
    cell: cell?.evidence?.() ?? null,
    initrd,
    require: request.checks.require,
    rules,
  });
  return { ...verdict, architecture, config: own, rules };
}

/**
 * Checks a kernel, its config and its initrd, as far as they are given.
 *
 * @param cell where it shall run; `null`: nobody said
 */
export function evaluateKernel(
  request: KernelRequest,
  inputs: KernelInputs,
  cell: CellOfKernel | null,
  profile: Profile,
): KernelEvaluation {
  const { kernel, initrd } = inputs;
  const diagnostics = [...(kernel?.notes ?? [])];
  const { evidence: config, findings: ownership } = configEvidence(diagnostics, inputs.kernelConfig, kernel);
  const verdict = judgeGivenKernel(diagnostics, request, inputs, cell, config, profile);
  const findings = [
    ...(initrd === null || initrd === 'none' ? [] : initrd.problems),
    ...ownership,
    ...(verdict?.findings ?? []),
  ];
  return { diagnostics, findings, verdict, config };
}

/** What rules find of a kernel that is checked without a cell, with the waivers applied. */
export const waivedFindings = (
  { checks }: KernelRequest & { checks: Pick<Manifest['checks'], 'waive'> },
  { rules = [] }: KernelInputs,
  { findings, verdict }: KernelEvaluation,
  today: string,
): Diagnostic[] =>
  applyWaivers(findings, checks.waive, today, {
    isJudged: (rule) =>
      verdict !== null && !verdict.unjudged.has(rule) && [...RULES, ...rules].some(({ id }) => id === rule),
    projectRules: rules.map(({ id }) => id),
  });
