/** A property of a node, as it stands in the file. */
export interface DtbProperty {
  name: string;
  /** Offset of the name in the strings block. */
  nameOffset: number;
  value: Uint8Array;
}

/** A node of a device tree; its name with the unit address, `''` for the root. */
export interface DtbNode {
  name: string;
  properties: readonly DtbProperty[];
  children: readonly DtbNode[];
}

export interface Reservation {
  address: bigint;
  size: bigint;
}

/** A flattened device tree (Devicetree Specification, chapter 5), field for field but for the sizes. */
export interface DeviceTree {
  version: number;
  lastCompatibleVersion: number;
  bootCpu: number;
  /** Without the entry of zeros that ends the list. */
  reservations: readonly Reservation[];
  root: DtbNode;
  /** The strings block: names that properties refer to, each with its NUL. */
  strings: Uint8Array;
}
