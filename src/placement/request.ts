import type { CellConfig, SystemConfig } from '../formats/cell/types.ts';
import { InputError } from '../base/diagnostic.ts';
import type { KernelConfig } from '../formats/kernel/kconfig.ts';
import type { KernelFormat, KernelImage, Wrapping } from '../formats/kernel/recognise.ts';
import type { Placement } from '../base/choices.ts';

/** What the headers of a kernel say, and what was around it. */
export interface Kernel<Image extends KernelImage = KernelImage> {
  /** Of the file as it is loaded. */
  image: Image;
  /** `null`: the kernel file is the image. */
  wrapping: Wrapping | null;
}

/** What a plan is made from. */
export interface PlanRequest<Image extends KernelImage = KernelImage> {
  cell: CellConfig;
  kernel: Kernel<Image>;
  /** Bytes of the initrd, `null` without one. */
  initrdSize: bigint | null;
  /** The cell's device tree as it was built; `null` without one. */
  dtb: Uint8Array | null;
  /** `''` without one. */
  cmdline: string;
  placement: Placement;
  /** `upstream` only: its `-k` factor; `null` or 0 leaves the choice to the payload's compression. */
  decompressionFactor: number | null;
  /** Bytes of the loader where it is known. */
  loaderSize: bigint | null;
  /** The machine that the cell is for, and the kernel's config; `null` where it is not known. */
  system: SystemConfig | null;
  config: KernelConfig | null;
}

type ImageOf<Format extends KernelFormat> = Extract<KernelImage, { format: Format }>;

const isOf = <Format extends KernelFormat>(
  request: PlanRequest,
  format: Format,
): request is PlanRequest<ImageOf<Format>> => request.kernel.image.format === format;

/**
 * The request of an architecture whose kernels have one format.
 *
 * @throws InputError `kernel/format` for a kernel of another one; `input/empty` for an initrd of no bytes
 */
export function withFormat<Format extends KernelFormat>(
  request: PlanRequest,
  format: Format,
): PlanRequest<ImageOf<Format>> {
  if (isOf(request, format)) {
    if (request.initrdSize !== 0n) return request;
    throw new InputError('input/empty', 'the initrd is empty', { path: ['initrd'] });
  }
  const actual = request.kernel.image.format;
  throw new InputError(
    'kernel/format',
    `the kernel is ${actual}, but the loader of this cell starts only ${format}`,
    {
      requested: format,
      actual,
      fix: `give the ${format} that the build of the kernel makes for booting`,
      path: ['kernel', 'image'],
    },
  );
}
