import { InputError, inputErrorOf } from '../../base/diagnostic.ts';
import type { ExaminedKernel } from '../../formats/kernel/examine.ts';
import { parseKernelConfig } from '../../formats/kernel/kconfig.ts';
import { formatProtocol } from '../../formats/kernel/bzimage.ts';
import { configText, describeConfig, guestText } from '../../inspect/kernel-config.ts';
import { describeSetupHeader } from '../../inspect/kernel.ts';
import { fieldItems } from './cell-items.ts';
import type { Item, Portrait, Symbols } from './types.ts';

/** The banner says more than the header: who built the kernel, and when. */
export const versionOf = ({ contents, image }: ExaminedKernel): string =>
  contents?.banner ?? image.version ?? 'unknown';

/** The config that is built into a kernel. */
export function embeddedSymbols(kernel: ExaminedKernel): Symbols {
  const { embedded } = kernel;
  if (!(embedded instanceof InputError) && embedded.kind === 'found') {
    try {
      return { config: { ...parseKernelConfig(embedded.text), isPartial: false } };
    } catch (error) {
      return { unknown: inputErrorOf(error).message };
    }
  }
  return { unknown: configText(describeConfig(kernel)) };
}

/** What a kernel needs, and offers, by its own header. */
function headerItems({ image }: ExaminedKernel): Item[] {
  switch (image.format) {
    case 'bzImage': {
      const { prefAddress, initSize, kernelAlignment, initrdAddrMax, relocatableKernel, ...header } =
        describeSetupHeader(image.header);
      return fieldItems({
        pref_address: prefAddress,
        init_size: initSize,
        kernel_alignment: kernelAlignment,
        initrd_addr_max: initrdAddrMax,
        relocatable: relocatableKernel,
        cmdline_size: header.cmdlineSize,
        xloadflags: header.xloadflags,
      });
    }
    case 'Image': {
      const { format: _format, version: _version, size: _size, ...header } = image;
      return fieldItems({ ...header });
    }
    case 'zImage':
      return fieldItems({
        image_size: image.imageSize,
        unpacked: image.kernel,
        appended_dtb: image.appendedDtb,
      });
    case 'vmlinux':
      return fieldItems({ memory: image.memory });
  }
}

/** A kernel file. */
export function kernelPortrait(kernel: ExaminedKernel, size: number, sha256: string): Portrait {
  const { image, architecture, wrapping, contents, packed } = kernel;
  const protocol = 'protocol' in image ? formatProtocol(image.protocol) : null;
  return {
    cell: null,
    sections: new Map([
      [
        'kernel',
        fieldItems({
          version: versionOf(kernel),
          architecture,
          format: image.format,
          wrapping,
          protocol,
          'packed with': packed?.compression,
          'guest support': guestText(contents),
        }),
      ],
      ['addresses', headerItems(kernel)],
      ['sizes', fieldItems({ file: `${size} bytes`, unpacked: contents && `${contents.size} bytes` })],
    ]),
    symbols: embeddedSymbols(kernel),
    contents: [
      { what: 'file', text: `sha256 ${sha256}`, toldBy: ['kernel', 'config', 'addresses', 'sizes'] },
    ],
    inputs: null,
  };
}

/** A kernel config in a file of its own. */
export function configPortrait(bytes: Uint8Array): Portrait {
  const config = parseKernelConfig(bytes);
  return {
    cell: null,
    sections: new Map([['kernel', fieldItems({ version: config.version })]]),
    symbols: { config },
    contents: [],
    inputs: null,
  };
}
