import { z } from 'zod';
import { ARCHITECTURES } from '../base/choices.ts';

// What `inspect` says of files. Records have the fields of Jailhouse's and Linux's headers, in camelCase; a field that
// a revision or a form does not have is `null`.

/** A `bigint` that JSON has as a hex text. */
export const address = z.bigint();
/** Bytes that JSON has as pairs of hex digits. */
export const bytes = z.custom<Uint8Array>();
/** A hex text from the start. */
const hexText = z.string().regex(/^0x[0-9a-f]+$/);
const count = z.int().nonnegative();
const text = z.string().nullable();

/** Fields of one type. */
const fields = <Name extends string, Type extends z.ZodType>(
  type: Type,
  ...names: readonly Name[]
): Record<Name, Type> => Object.fromEntries(names.map((name) => [name, type])) as Record<Name, Type>;

const namedNumber = z.strictObject({ value: count, name: text }).meta({ id: 'namedNumber' });
const namedFlags = z
  .strictObject({ value: address, names: z.array(z.string()), unknown: address })
  .meta({ id: 'namedFlags' });
const range = z.strictObject({ start: address, end: address });
const digest = z
  .strictObject({ size: count, sha256: z.string().regex(/^[0-9a-f]{64}$/) })
  .meta({ id: 'digest' });
export const digests = z.record(z.string(), digest);

const memoryRegion = z
  .strictObject({
    ...fields(address, 'physStart', 'virtStart', 'size'),
    flags: namedFlags,
  })
  .meta({ id: 'memoryRegion' });

const cellConsole = z
  .strictObject({
    address,
    type: namedNumber,
    flags: namedFlags,
    clockReg: address,
    ...fields(count, 'size', 'divider', 'gateNr'),
  })
  .meta({ id: 'console' });

const pciDevice = z
  .strictObject({
    type: namedNumber,
    bdf: z.string(),
    barMask: z.array(hexText),
    msiFlags: z.strictObject({ value: hexText, ...fields(z.boolean(), 'msi64bits', 'msiMaskable') }),
    msixAddress: address,
    shmemProtocol: z.strictObject({ value: hexText, name: text }),
    padding: bytes.nullable(),
    ...fields(count, 'iommu', 'domain', 'capsStart', 'numCaps'),
    ...fields(count, 'numMsiVectors', 'numMsixVectors', 'msixRegionSize'),
    ...fields(count.nullable(), 'shmemRegion', 'shmemRegionsStart', 'shmemDevId', 'shmemPeers'),
  })
  .meta({ id: 'pciDevice' });

/** What a cell config and a system config's root cell have in common. */
const parts = z
  .strictObject({
    name: text,
    nameProblem: text,
    cpus: z.array(count),
    uarts: z.array(z.string()),
    ports: z.array(z.strictObject({ first: hexText, last: hexText })),
    header: z.strictObject({
      signature: bytes,
      name: bytes,
      ...fields(count, 'revision', 'id', 'vpciIrqBase'),
      architecture: count.nullable(),
      flags: namedFlags,
      ...fields(address.nullable(), 'cpuResetAddress', 'msgReplyTimeout'),
      console: cellConsole.nullable(),
    }),
    cpuSet: bytes,
    memoryRegions: z.array(memoryRegion),
    cacheRegions: z.array(
      z.strictObject({ ...fields(count, 'start', 'size', 'padding'), type: namedNumber, flags: namedFlags }),
    ),
    irqchips: z.array(
      z.strictObject({
        address,
        id: hexText,
        pinBase: count,
        pinBitmap: z.array(hexText),
        pins: z.array(count),
      }),
    ),
    pioBitmap: bytes.nullable(),
    pioRegions: z.array(z.strictObject({ base: hexText, length: count })).nullable(),
    pciDevices: z.array(pciDevice),
    pciCaps: z.array(z.strictObject({ ...fields(hexText, 'id', 'start'), len: count, flags: namedFlags })),
    streamIds: z.array(hexText),
  })
  .meta({ id: 'cellParts' });
export type DescribedParts = z.infer<typeof parts>;

const config = {
  revision: count,
  release: text,
  architectureFrom: z.enum(['file', 'given', 'ports']).nullable(),
  trailing: bytes,
};

const cell = z
  .strictObject({
    kind: z.literal('cell'),
    architecture: z.enum(ARCHITECTURES).nullable(),
    ...config,
    ...parts.shape,
  })
  .meta({ id: 'cell' });
export type DescribedCell = z.infer<typeof cell>;

const iommuUnit = z
  .strictObject({
    index: count,
    used: z.boolean(),
    base: address,
    size: hexText,
    type: namedNumber.nullable(),
    amdBdf: text,
    amdFeatures: hexText.nullable(),
    ...fields(count.nullable(), 'amdBaseCap', 'amdMsiCap'),
    raw: bytes.nullable(),
  })
  .meta({ id: 'iommuUnit' });

const platform = z
  .strictObject({
    pmTimerAddress: hexText.nullable(),
    apicMode: text,
    ...fields(count.nullable(), 'vtdInterruptLimit', 'tscKhz', 'apicKhz', 'maintenanceIrq', 'gicVersion'),
    ...fields(address.nullable(), 'gicdBase', 'giccBase', 'gichBase', 'gicvBase', 'gicrBase'),
    padding: z.union([count, bytes]).nullable(),
    tail: bytes,
  })
  .meta({ id: 'platform' });
export type DescribedPlatform = z.infer<typeof platform>;

const system = z
  .strictObject({
    kind: z.literal('system'),
    architecture: z.enum(ARCHITECTURES),
    ...config,
    flags: namedFlags.nullable(),
    hypervisorMemory: memoryRegion,
    debugConsole: cellConsole,
    pciMmconfigBase: address,
    ...fields(count, 'pciMmconfigEndBus', 'pciIsVirtual'),
    pciDomain: count.nullable(),
    iommuUnits: z.array(iommuUnit),
    platform,
    rootCell: parts,
  })
  .meta({ id: 'system' });
export type DescribedSystem = z.infer<typeof system>;

const kernelConfig = z
  .strictObject({
    status: z.enum(['embedded', 'not-built-in', 'not-decodable', 'not-located', 'damaged']),
    version: text,
    symbols: count.nullable(),
    jailhouseGuest: text,
    /** Why there is none. */
    problem: text,
  })
  .meta({ id: 'kernelConfig' });
export type DescribedConfig = z.infer<typeof kernelConfig>;

const contents = z
  .strictObject({ size: count, banner: text, jailhouseGuest: z.boolean(), uartFlags: z.boolean().nullable() })
  .nullable();
const payload = z.strictObject({ ...fields(count, 'offset', 'length'), compression: z.string() }).nullable();
const wrapping = { wrapping: text, contents, config: kernelConfig };

/** Linux's setup_header; addresses, offsets in the file and bits are hex texts. */
const setupHeader = z
  .strictObject({
    ...fields(count, 'setupSects', 'syssize', 'ramSize', 'startSysSeg', 'setupMoveSize', 'ramdiskSize'),
    ...fields(count, 'extLoaderVer', 'extLoaderType', 'relocatableKernel', 'minAlignment', 'cmdlineSize'),
    ...fields(count, 'hardwareSubarch', 'payloadLength'),
    ...fields(hexText, 'rootFlags', 'vidMode', 'rootDev', 'bootFlag', 'version', 'realmodeSwtch'),
    ...fields(hexText, 'kernelVersion', 'typeOfLoader', 'code32Start', 'ramdiskImage', 'bootsectKludge'),
    ...fields(hexText, 'heapEndPtr', 'cmdLinePtr', 'initrdAddrMax', 'kernelAlignment', 'payloadOffset'),
    ...fields(hexText, 'initSize', 'handoverOffset', 'kernelInfoOffset'),
    ...fields(address, 'hardwareSubarchData', 'setupData', 'prefAddress'),
    ...fields(namedFlags, 'loadflags', 'xloadflags'),
    jump: bytes,
    header: z.string(),
  })
  .meta({ id: 'setupHeader' });
export type DescribedSetupHeader = z.infer<typeof setupHeader>;

const bzImage = z
  .strictObject({
    kind: z.literal('bzImage'),
    version: text,
    protocol: z.string(),
    newerProtocol: z.boolean(),
    ...fields(count, 'size', 'setupSize'),
    is64Bit: z.boolean().nullable(),
    /** Memory that the kernel unpacks itself in; `null` below protocol 2.10, which does not say. */
    runArea: range.nullable(),
    payload,
    contents,
    config: kernelConfig,
    setupHeader,
  })
  .meta({ id: 'bzImage' });
export type DescribedKernel = z.infer<typeof bzImage>;

const arm64Image = z
  .strictObject({
    kind: z.literal('Image'),
    version: text,
    size: count,
    ...fields(hexText, 'textOffset', 'imageSize', 'flags'),
    ...fields(z.boolean(), 'bigEndian', 'placedAnywhere'),
    pageSize: count.nullable(),
    ...wrapping,
  })
  .meta({ id: 'Image' });

const zImage = z
  .strictObject({
    kind: z.literal('zImage'),
    version: text,
    ...fields(count, 'size', 'imageSize'),
    appendedDtb: z.boolean(),
    payload,
    /** As the header tells; `null` below Linux 4.15, which does not say. */
    unpacked: z.strictObject(fields(count, 'size', 'bssSize')).nullable(),
    ...wrapping,
  })
  .meta({ id: 'zImage' });
export type DescribedArmKernel = z.infer<typeof arm64Image> | z.infer<typeof zImage>;

const vmlinux = z
  .strictObject({
    kind: z.literal('vmlinux'),
    version: text,
    size: count,
    architecture: z.string(),
    wordSize: count,
    /** Physical addresses; `null`: nothing is loaded. */
    memory: range.nullable(),
    ...wrapping,
  })
  .meta({ id: 'vmlinux' });
export type DescribedVmlinux = z.infer<typeof vmlinux>;

const e820 = z.array(z.strictObject({ address, size: address, type: namedNumber }));

const setupData = z
  .strictObject({
    address,
    form: z.enum(['jlhs', 'version1', 'version2']),
    releases: z.array(text),
    /** Only version 2 tells the kernel its UARTs. */
    uarts: z.array(z.string()).nullable(),
    fields: z.strictObject({
      next: address,
      ...fields(count, 'type', 'len', 'pmTimerAddress', 'numCpus'),
      ...fields(
        count.nullable(),
        'version',
        'compatibleVersion',
        'tscKhz',
        'apicKhz',
        'standardIoapic',
        'flags',
      ),
      pciMmconfigBase: address.nullable(),
      cpuIds: bytes,
    }),
  })
  .meta({ id: 'setupData' });
export type DescribedSetupData = z.infer<typeof setupData>;

const params = z
  .strictObject({
    kind: z.literal('params'),
    size: count,
    address,
    entry: address,
    cmdline: z.string(),
    initrd: z.strictObject({ ...range.shape, size: count }).nullable(),
    e820,
    setupData,
    kernelProtocol: z.string(),
    setupHeader,
  })
  .meta({ id: 'params' });
export type DescribedParams = z.infer<typeof params>;

const property = z.discriminatedUnion('kind', [
  z.strictObject({ name: z.string(), kind: z.literal('empty'), value: z.null() }),
  z.strictObject({ name: z.string(), kind: z.literal('texts'), value: z.array(z.string()) }),
  z.strictObject({ name: z.string(), kind: z.literal('cells'), value: z.array(count) }),
  z.strictObject({ name: z.string(), kind: z.literal('bytes'), value: bytes }),
]);

const node = z
  .strictObject({
    name: z.string(),
    properties: z.array(property),
    get children() {
      return z.array(node);
    },
  })
  .meta({ id: 'node' });
export type DescribedNode = z.infer<typeof node>;

const dtb = z
  .strictObject({
    kind: z.literal('dtb'),
    ...fields(count, 'size', 'version', 'lastCompatibleVersion', 'bootCpu'),
    reservations: z.array(z.strictObject(fields(address, 'address', 'size'))),
    root: node,
  })
  .meta({ id: 'dtb' });
export type DescribedDtb = z.infer<typeof dtb>;

const bundle = z
  .strictObject({
    kind: z.literal('bundle'),
    name: text,
    /** bundle.json as it is; `null`: there is none, or it is not a JSON object. */
    metadata: z.record(z.string(), z.unknown()).nullable(),
    files: digests,
    /** Files that the bundle only names, which were not looked at. */
    onTarget: digests,
  })
  .meta({ id: 'bundle' });
export type DescribedBundle = z.infer<typeof bundle>;

/** What is in a file of any kind. */
export const content = z.discriminatedUnion('kind', [
  cell,
  system,
  bzImage,
  arm64Image,
  zImage,
  vmlinux,
  params,
  dtb,
  bundle,
]);
export type Content = z.infer<typeof content>;
