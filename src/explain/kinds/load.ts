import type { LogKind } from '../kind.ts';

const MAIN = 'Jailhouse, driver/main.c';
const EXPORTS =
  'build the root kernel with the patches that export what Jailhouse needs (the branches jailhouse-enabling of the Jailhouse kernel tree), then build the module against it';

/** The driver is built and loaded. */
export const LOAD_KINDS: readonly LogKind[] = [
  {
    id: 'module-taint',
    stage: 'load',
    printer: 'root',
    weight: 'info',
    shapes: ['jailhouse: loading out-of-tree module taints kernel', 'jailhouse: module verification failed'],
    meaning: 'the driver is not part of the kernel, or not signed: harmless while it is loaded anyway',
    rules: [],
    fix: 'nothing to do; a kernel that enforces signatures (lockdown, secure boot) needs a signed module',
    source: 'Linux, kernel/module',
  },
  {
    id: 'module-undefined',
    stage: 'load',
    printer: 'build',
    shapes: [
      'ERROR: modpost: "{symbol:\\w{1,80}}" [{file:[^\\s\\]]{0,200}}jailhouse.ko] undefined!',
      'ERROR: "{symbol:\\w{1,80}}" [{file:[^\\s\\]]{0,200}}jailhouse.ko] undefined!',
    ],
    meaning:
      'the kernel does not export {symbol}, which the driver needs: it cannot be built against this kernel',
    rules: ['root/kernel'],
    fix: EXPORTS,
    source: `${MAIN}; users' mails`,
  },
  {
    id: 'module-symbol',
    stage: 'load',
    printer: 'root',
    shapes: [
      'jailhouse: Unknown symbol {symbol:\\w{1,80}}',
      'could not insert module jailhouse{:\\S{0,40}} Unknown symbol in module',
      'could not insert module {file:\\S{0,200}}jailhouse.ko: Unknown symbol in module',
      'jailhouse: disagrees about version of symbol {symbol:\\w{1,80}}',
    ],
    meaning:
      'the kernel does not have or does not export a symbol that the driver needs ({symbol}), or the driver was built for another kernel',
    rules: ['root/kernel'],
    fix: EXPORTS,
    source: `${MAIN}; Linux, kernel/module`,
  },
  {
    id: 'module-format',
    stage: 'load',
    printer: 'root',
    shapes: [
      'jailhouse{:\\S{0,40}} Invalid module format',
      "jailhouse: version magic '{built:[^']{1,200}}' should be '{running:[^']{1,200}}",
    ],
    meaning:
      'the driver was built for another kernel, or another configuration of it, than the one that runs',
    rules: ['root/kernel'],
    fix: 'build the module again, with KDIR= naming the build of the kernel that runs (`uname -r`)',
    source: 'Linux, kernel/module; kmod',
  },
  {
    id: 'module-params',
    stage: 'load',
    printer: 'root',
    shapes: [
      'could not insert module jailhouse{:\\S{0,40}} Invalid parameters',
      'could not insert module jailhouse{:\\S{0,40}} Invalid argument',
      'could not insert module {file:\\S{0,200}}jailhouse.ko: Invalid parameters',
    ],
    meaning: 'the driver did not find a symbol of the kernel when it was loaded',
    rules: ['root/kernel'],
    fix: 'build the root kernel with CONFIG_KALLSYMS_ALL=y; from Linux 5.7 on it needs the patches that export the symbols',
    source: MAIN,
  },
  {
    id: 'module-absent',
    stage: 'load',
    printer: 'tool',
    shapes: ['FATAL: Module jailhouse not found', 'module jailhouse not found in modules.dep'],
    meaning: 'there is no driver for the kernel that runs',
    rules: [],
    fix: 'run `make modules_install` and `depmod` for this kernel, or load the file itself: `insmod driver/jailhouse.ko`',
    source: 'kmod, modprobe',
  },
];
