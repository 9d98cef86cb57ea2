/**
 * Undoes a filter that made the targets of an executable's branches absolute, in place.
 *
 * @param origin the address of the first byte
 */
export type BranchFilter = (code: Uint8Array, origin: number) => void;

const isSign = (byte: number): boolean => byte === 0x00 || byte === 0xff;

/**
 * x86: the operands of CALL (e8) and JMP (e9) whose highest byte is 00 or ff. An opcode's byte can as well be part of the
 * operand of one just before it that was left alone; such operands stay, or are undone below the byte they share.
 */
export const undoX86: BranchFilter = (code, origin) => {
  const last = code.length - 5;
  // Bit n: n + 1 bytes before was an opcode that has been left alone.
  let left = 0;
  let before = -4;
  for (let at = 0; at <= last; at++) {
    if ((code[at]! & 0xfe) !== 0xe8) continue;
    const gap = at - before;
    left = gap > 3 ? 0 : (left << (gap - 1)) & 7;
    before = at;
    const distance = left === 0 ? 0 : left === 1 ? 1 : left === 2 ? 2 : left === 4 ? 3 : null;
    const shared = distance === null || (distance > 0 && isSign(code[at + 4 - distance]!));
    if (shared || !isSign(code[at + 4]!)) {
      left = (left << 1) | 1;
      continue;
    }
    const next = origin + at + 5;
    const operand = code[at + 1]! | (code[at + 2]! << 8) | (code[at + 3]! << 16) | (code[at + 4]! << 24);
    let target = (operand - next) | 0;
    if (distance > 0 && isSign((target >>> (24 - 8 * distance)) & 0xff)) {
      target = ((target ^ (2 ** (32 - 8 * distance) - 1)) - next) | 0;
    }
    code[at + 1] = target;
    code[at + 2] = target >> 8;
    code[at + 3] = target >> 16;
    code[at + 4] = -((target >> 24) & 1);
    at += 4;
  }
};

/** ARM: BL, whose 24 bits count words from two instructions on. */
export const undoArm: BranchFilter = (code, origin) => {
  for (let at = 0; at + 4 <= code.length; at += 4) {
    if (code[at + 3] !== 0xeb) continue;
    const words = code[at]! | (code[at + 1]! << 8) | (code[at + 2]! << 16);
    const target = words - ((origin + at + 8) >>> 2);
    code[at] = target;
    code[at + 1] = target >> 8;
    code[at + 2] = target >> 16;
  }
};

/** ARM Thumb: BL, two halfwords of eleven bits each, which count halfwords from two on. */
export const undoArmThumb: BranchFilter = (code, origin) => {
  for (let at = 0; at + 4 <= code.length; at += 2) {
    if ((code[at + 1]! & 0xf8) !== 0xf0 || (code[at + 3]! & 0xf8) !== 0xf8) continue;
    const high = ((code[at + 1]! & 7) << 8) | code[at]!;
    const low = ((code[at + 3]! & 7) << 8) | code[at + 2]!;
    const target = ((high << 11) | low) - ((origin + at + 4) >>> 1);
    code[at] = target >> 11;
    code[at + 1] = 0xf0 | ((target >> 19) & 7);
    code[at + 2] = target;
    code[at + 3] = 0xf8 | ((target >> 8) & 7);
  }
};

/** ARM64: BL, whose 26 bits count words, and ADRP within 512 MiB, whose 21 bits count pages. */
export const undoArm64: BranchFilter = (code, origin) => {
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  for (let at = 0; at + 4 <= code.length; at += 4) {
    const word = view.getUint32(at, true);
    const address = (origin + at) >>> 0;
    if (word >>> 26 === 0x25) {
      view.setUint32(at, 0x94000000 | ((word - (address >>> 2)) & 0x03ffffff), true);
    } else if ((word & 0x9f000000) >>> 0 === 0x90000000) {
      const pages = ((word >>> 29) & 3) | ((word >>> 3) & 0x1ffffc);
      if (((pages + 0x20000) & 0x1c0000) !== 0) continue;
      const target = pages - (address >>> 12);
      const sign = -(target & 0x20000) & 0xe00000;
      view.setUint32(at, (word & 0x9000001f) | ((target & 3) << 29) | ((target & 0x3fffc) << 3) | sign, true);
    }
  }
};
