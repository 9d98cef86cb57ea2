/**
 * The core without the plugin: bytes and plain data in and out.
 *
 * @module
 */
export { parseCellConfig, encodeCellConfig, cellName } from './formats/cell/config.ts';
export { createCellConfig, type NewCell } from './formats/cell/create.ts';
export { parseSystemConfig, encodeSystemConfig } from './formats/cell/system.ts';
export type {
  CellConfig,
  CellDescription,
  CellHeader,
  Platform,
  PortAccess,
  SystemConfig,
} from './formats/cell/types.ts';
export type {
  CacheRegion,
  Console,
  IommuUnit,
  Irqchip,
  MemoryRegion,
  PciCapability,
  PciDevice,
  PioRegion,
} from './formats/cell/records.ts';
export type { Revision } from './formats/cell/releases.ts';

export { parseDtb } from './formats/dtb/parse.ts';
export { encodeDtb } from './formats/dtb/encode.ts';
export { editTree, type Edit } from './formats/dtb/edit.ts';
export type { DeviceTree, DtbNode, DtbProperty, Reservation } from './formats/dtb/types.ts';

export { openKernel, type OpenedKernel } from './formats/kernel/open.ts';
export type { KernelFormat, KernelImage } from './formats/kernel/recognise.ts';
export type { Arm64Header, Arm64Image } from './formats/kernel/arm64-image.ts';
export type { ZImage } from './formats/kernel/zimage.ts';
export type { Vmlinux } from './formats/kernel/vmlinux.ts';

export { parseDescription, type ParsedDescription } from './formats/cell/yaml/parse.ts';
export { encodeConfig, type CompileOptions } from './formats/cell/yaml/compile.ts';
export { decompileConfig, type Decompiled } from './formats/cell/yaml/decompile.ts';
export { convertConfig, type ConvertedConfig } from './formats/cell/yaml/convert.ts';
export { descriptionJsonSchema } from './formats/cell/yaml/json-schema.ts';

export { parseBzImage, type BzImage, type SetupHeader } from './formats/kernel/bzimage.ts';
export type { Packing as PackingMethod } from './formats/compression/detect.ts';
export type { Compression } from './formats/compression/detect.ts';
export type { EmbeddedConfig, MissingConfig } from './formats/kernel/ikconfig.ts';
export type { KernelContents } from './formats/kernel/contents.ts';
export type { Packed } from './formats/kernel/packed.ts';
export { parseKernelConfig, type KernelConfig, type KconfigValue } from './formats/kernel/kconfig.ts';
export { checkMachine, type CellFinding } from './checks/cell/check.ts';
export { checkKernel, judgeKernel, type KernelVerdict } from './checks/kernel/check.ts';
export type { Profile } from './base/choices.ts';
export type { DriverNeed } from './placement/architecture.ts';
export type { KernelEvidence } from './checks/kernel/check.ts';
export type { CellEvidence, ConfigEvidence } from './checks/kernel/evidence.ts';
export { fixFragment } from './checks/kernel/kconfig/fragment.ts';
export type { Rule } from './checks/kernel/rule.ts';
export { RULES } from './checks/kernel/rules/index.ts';
export { parseRulesFile } from './checks/kernel/project/file.ts';
export { applyWaivers } from './checks/waivers.ts';
export { examineKernel, type ExaminedKernel } from './formats/kernel/examine.ts';
export { examineInitrd } from './formats/initrd/examine.ts';
export type { InitrdEvidence, InitrdPart } from './formats/initrd/types.ts';

export { agreedArchitecture, supportOf } from './placement/architectures.ts';
export type { ArchitectureSupport } from './placement/architecture.ts';
export { planX86 } from './placement/x86/plan.ts';
export { loadCommands, type FileNames } from './placement/commands.ts';
export { drawMemoryMap } from './placement/memory-map.ts';
export type { Kernel, PlanRequest } from './placement/request.ts';
export type { Architecture, Hook, Placement, Restart, TarPacking } from './base/choices.ts';
export type { ImageRole, LoadItem, Placed, Plan, PlanResult } from './placement/types.ts';

export { parseManifest, type ParsedManifest } from './manifest/parse.ts';
export type { FileReference } from './manifest/references.ts';
export { manifestJsonSchema } from './manifest/json-schema.ts';
export type { KeptOrTarget, Manifest, Waiver } from './manifest/types.ts';
export type { SourceRange } from './formats/yaml/source.ts';
export type { JudgedKernel } from './evaluate/kernel.ts';
export {
  evaluateCell,
  type CellInputs,
  type CellRequest,
  type EvaluateOptions,
  type Evaluation,
  type PlannedCell,
} from './evaluate/cell.ts';

export { encodeGithub } from './reports/github.ts';
export { encodeJunit } from './reports/junit.ts';
export { encodeSarif, type ReportTool } from './reports/sarif.ts';
export type { CheckedSubject, CheckReport, Place, PlacedFinding, RuleTexts } from './reports/report.ts';

export { explainLog } from './explain/explain.ts';
export { withDetails, type DetailedExplanation, type DetailedReport } from './explain/details.ts';
export {
  knownMachine,
  type GivenCell,
  type GivenMachine,
  type KnownFinding,
  type Loaded,
  type Machine as KnownMachine,
} from './explain/resolve/machine.ts';
export type {
  Consequence,
  Explanation,
  LogLine,
  LogReport,
  Owner,
  Printer,
  Stage,
  Weight,
} from './explain/types.ts';
export { parseLog } from './explain/log.ts';

export { launchScript } from './bundle/launch/script.ts';
export { systemdUnit } from './bundle/launch/service.ts';
export type { LaunchFile, LaunchInput } from './bundle/launch/types.ts';
export type { BundleFile, BundleFiles, BundleInput } from './bundle/input.ts';
export type { InputFile } from './bundle/inputs.ts';
export { bundleContents, type BundleContents } from './bundle/contents.ts';
export type { BundleFacts, LoadFact } from './bundle/metadata.ts';
export {
  packBundle,
  type BundleEntry,
  type ByteSource,
  type FileDigest,
  type Packing,
  type PackOptions,
  type PackResult,
} from './bundle/tar.ts';
export { readBundle, type BundleArchive } from './bundle/read.ts';
export type { ScannedFile } from './bundle/scan.ts';
export { verifyBundle, type VerifiedBundle } from './bundle/verify.ts';

export type { FindingCode } from './base/codes.ts';
export type { Severity } from './base/choices.ts';
export { InputError, type Diagnostic, type KconfigAssignment, type ManifestPath } from './base/diagnostic.ts';
export type { AddressRange } from './base/ranges.ts';
export type { Field, Struct, StructValue } from './base/struct.ts';
