import { InputError } from '../../base/diagnostic.ts';

/** A kernel file that ends before its own headers say; `need` and `size` in bytes. */
export const truncated = (part: string, need: number, size: number): InputError =>
  new InputError(
    'kernel/truncated',
    `the kernel is cut short: ${part} ends at byte ${need}, the file has ${size} bytes`,
    { fix: 'copy or download the kernel again' },
  );
