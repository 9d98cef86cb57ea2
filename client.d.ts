/** Types of imported manifests and machine files: add `/// <reference types="rollup-plugin-jailhouse/client" />` to a file of your project. */

declare module '*.cell.yaml' {
  /** URL of the bundle's tarball. */
  const url: string;
  export default url;
  /** Name of the bundle. */
  export const name: string;
  /** Name of the cell, as the hypervisor knows it. */
  export const cellName: string;
  /** SHA-256 of the tar (with `compress: gzip`: of the tar inside), lower-case hex. */
  export const sha256: string;
  /** What is loaded, in order; addresses are hex texts. `file` is null for a loader that is installed on the target. */
  export const load: readonly (
    | {
        readonly role: 'loader' | 'kernel' | 'initrd' | 'params';
        readonly file: string | null;
        readonly address: string | null;
        readonly size: number | null;
      }
    | { readonly string: string; readonly address: string }
  )[];
  /** Where the loader enters the kernel. */
  export const entry: string;
  /**
   * The shell commands that create, load and start the cell, to be run in the unpacked bundle. A loader that is installed
   * on the target is `linux-loader.bin` in them: launch.sh finds it; by hand, put its path.
   */
  export const commands: readonly string[];
}

declare module '*.cell.yml' {
  export * from '*.cell.yaml';
  export { default } from '*.cell.yaml';
}

declare module '*.machine.yaml' {
  /** URL of the bundle's tarball. */
  const url: string;
  export default url;
  /** Name of the bundle. */
  export const name: string;
  /** SHA-256 of the tar (with `compress: gzip`: of the tar inside), lower-case hex. */
  export const sha256: string;
  /** In the order in which they are started. */
  export const cells: readonly {
    /** Name of the cell in the machine. */
    readonly name: string;
    /** Name of the cell, as the hypervisor knows it. */
    readonly cellName: string;
    /** What is loaded, in order, as an imported manifest has it; in a cell without Linux, with the role `image`. */
    readonly load: readonly (
      | {
          readonly role: 'loader' | 'kernel' | 'initrd' | 'params' | 'image';
          readonly file: string | null;
          readonly address: string | null;
          readonly size: number | null;
        }
      | { readonly string: string; readonly address: string }
    )[];
    /** Where the kernel is entered, or (without Linux) where the CPUs start: null before config revision 5, where that is fixed. */
    readonly entry: string | null;
    /** The shell commands that create, load and start the cell, to be run in the unpacked bundle. */
    readonly commands: readonly string[];
  }[];
}

declare module '*.machine.yml' {
  export * from '*.machine.yaml';
  export { default } from '*.machine.yaml';
}
