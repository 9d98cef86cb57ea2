import { z } from 'zod';
import { cell } from './cell.ts';
import { system } from './system.ts';
import { arm64Image, bzImage, vmlinux, zImage } from './kernel.ts';
import { params } from './params.ts';
import { dtb } from './dtb.ts';
import { bundle } from './bundle.ts';

// What `inspect` says of files. Records have the fields of Jailhouse's and Linux's headers, in camelCase; a field that
// a revision or a form does not have is `null`.

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
