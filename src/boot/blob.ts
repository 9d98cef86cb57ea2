import { array, bytes, struct, u16le, u32le, u64le, type StructValue } from '../base/struct.ts';

// What the harness tells a monitor; monitor/blob.h is the other side of it, and says what the fields mean.

/** "XJCELLBX" as the monitors read it. */
export const BOX_MAGIC = 0x5842_4c4c_4543_4a58n;
export const BOX_VERSION = 1;

/** How many records there is room for. */
export const BOX_LIMITS = { cpus: 64, regions: 128 } as const;

/** Bits of `flags`. */
export const BOX_FLAGS = { x2apic: 1, ioapic: 2, mmconfig: 4 } as const;

/** What is at a region's address. */
export const BOX_KINDS = { ram: 1, comm: 2, device: 3, scratch: 4, dispatched: 5 } as const;

export const boxCpu = struct({ id: u32le, qemu: u32le, mpidr: u64le });

export const boxRegion = struct({
  virt: u64le,
  backing: u64le,
  size: u64le,
  flags: u64le,
  kind: u32le,
  reserved: u32le,
});

export const boxBlob = struct({
  magic: u64le,
  version: u32le,
  size: u32le,
  architecture: u32le,
  flags: u32le,
  name: bytes(32),
  reset_address: u64le,
  entry_x0: u64le,
  num_cpus: u32le,
  num_regions: u32le,
  cpus: array(boxCpu, BOX_LIMITS.cpus),
  regions: array(boxRegion, BOX_LIMITS.regions),
  comm_revision: u16le,
  pm_timer: u16le,
  comm_flags: u32le,
  console: bytes(32),
  mmconfig_base: u64le,
  mmconfig_end_bus: u32le,
  gic_version: u32le,
  gicd_base: u64le,
  gicc_base: u64le,
  gich_base: u64le,
  gicv_base: u64le,
  gicr_base: u64le,
  ioapic_pins: array(u32le, 4),
  ports: bytes(8192),
});

type BoxBlob = StructValue<typeof boxBlob.fields>;
export type BoxCpu = StructValue<typeof boxCpu.fields>;
export type BoxRegion = StructValue<typeof boxRegion.fields>;

/** Filled in by {@link encodeBlob}. */
type Counted = 'magic' | 'version' | 'size' | 'num_cpus' | 'num_regions';

/** @throws RangeError naming the field whose value does not fit, or has too many records */
export const encodeBlob = (blob: Omit<Partial<BoxBlob>, Counted>): Uint8Array<ArrayBuffer> =>
  boxBlob.encode({
    ...blob,
    magic: BOX_MAGIC,
    version: BOX_VERSION,
    size: boxBlob.size,
    num_cpus: blob.cpus?.length ?? 0,
    num_regions: blob.regions?.length ?? 0,
  });
