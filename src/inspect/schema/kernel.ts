import { z } from 'zod';
import { address, bytes, count, fields, hexText, namedFlags, range, text } from './values.ts';

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
export const setupHeader = z
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

export const bzImage = z
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

export const arm64Image = z
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

export const zImage = z
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

export const vmlinux = z
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
