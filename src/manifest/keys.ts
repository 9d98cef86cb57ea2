import { PLACEMENTS, PROFILES, RESTARTS, TAR_PACKINGS } from '../base/choices.ts';
import { either } from '../base/text.ts';
import { LAYOUT_IDS } from '../formats/cell/layout-ids.ts';

/** What people are told about a key: editors by the JSON Schema, everybody else by an error. */
interface KeyText {
  description: string;
  /** What the value must be, behind "must be". */
  wanted: string;
  /** As it may be written. */
  sample: string;
  examples: readonly unknown[];
}

const key = (wanted: string, sample: string, examples: readonly unknown[], description: string): KeyText => ({
  description,
  wanted,
  sample,
  examples,
});

const PATH = 'the path of a file';
const CONFIG = 'the path of a file, or a description';
const CELL = `${CONFIG}, or a map with \`generate\``;
const SHIPPED = 'true, or an absolute path on the target';

/** Every key of a manifest; list items and kconfig symbols are `*`. */
export const KEYS = {
  defaults: key(
    'the path of a file, or a list of paths',
    'defaults: common.yaml',
    ['common.yaml', ['../company.yaml', 'board.yaml']],
    'Files with keys that several manifests share, relative to the manifest. Maps are merged key by key; all else, lists too, is taken from one place: from the manifest before its defaults, from a later file before an earlier one. Relative paths in them start from the folder of the file that has them. They may have `defaults` themselves.',
  ),
  'defaults.*': key(PATH, '- common.yaml', ['common.yaml'], 'One file of defaults.'),
  name: key(
    'text',
    'name: linux-demo',
    ['linux-demo'],
    "The bundle's name, of its folder, its tarball and its systemd unit: letters, digits, '.', '_' and '-', at most 91 characters. Without it the cell's own name is used.",
  ),
  version: key(
    'a whole number from 0 to 2147483647',
    'version: 3',
    [3, 20261130],
    'The version of the bundle, which grows from one to the next. It is kept in bundle.json; on a target that notes versions, launch.sh starts none that is older than the last one.',
  ),
  compatible: key(
    'text, or a list of texts',
    'compatible: ti,j721e-evm',
    ['ti,j721e-evm', ['raspberrypi,4-model-b', 'raspberrypi,4-compute-module']],
    'The board that the bundle is for, or several: an entry of its /proc/device-tree/compatible, or the product name of its firmware (/sys/class/dmi/id/product_name). launch.sh starts nothing on another.',
  ),
  'compatible.*': key('text', '- ti,j721e-evm', ['ti,j721e-evm'], 'One board.'),
  cell: key(
    CELL,
    'cell: linux-demo.cell',
    ['linux-demo.cell', 'linux-demo.jailhouse.yaml', { generate: { cpus: 2, memory: '512M' } }],
    'The cell config: a binary file or a description (*.jailhouse.yaml), relative to the manifest, or a description in place; or `generate` with what the cell gets: it is then made from the system config and the board’s device tree.',
  ),
  kernel: key(
    'a map with `image`',
    'kernel: { image: bzImage }',
    [{ image: 'bzImage' }, { image: 'bzImage', config: 'kernel.config' }],
    'The Linux kernel that runs in the cell.',
  ),
  'kernel.image': key(
    PATH,
    'image: bzImage',
    ['bzImage'],
    'The kernel image, relative to the manifest: a bzImage (x86), an Image (arm64; also a compressed one or an EFI zboot image, which are unpacked) or a zImage (arm). It is needed here even if it stays on the target (bundle.kernel): its header decides the boot parameters, its digest is compared there.',
  ),
  'kernel.config': key(
    PATH,
    'config: kernel.config',
    ['kernel.config'],
    'The .config that the kernel was built with (may be gzipped). Without it the config embedded in the image is used (CONFIG_IKCONFIG).',
  ),
  initrd: key(
    'the path of a file, or a list of paths',
    'initrd: rootfs.cpio.gz',
    ['rootfs.cpio.gz', ['base.cpio.gz', 'overlay.cpio']],
    'The initial RAM disk, relative to the manifest. A list is joined in order, each part padded to 4 bytes, and shipped as one file.',
  ),
  'initrd.*': key(PATH, '- rootfs.cpio.gz', ['rootfs.cpio.gz'], 'One part of the initial RAM disk.'),
  cmdline: key(
    'text, or a list of words',
    'cmdline: console=ttyS0,115200',
    ['console=ttyS0,115200', ['console=ttyS0,115200', 'root=/dev/ram0']],
    'The kernel command line, one line. A list of words is joined by blanks, and a word with a blank is put in double quotes, as Linux reads it.',
  ),
  'cmdline.*': key('text', '- console=ttyS0,115200', ['quiet'], 'One word of the kernel command line.'),
  dtb: key(
    PATH,
    'dtb: inmate.dtb',
    ['inmate.dtb'],
    "The cell's device tree blob, relative to the manifest, as dtc made it: for arm and arm64 cells, which need one. Its memory, and /chosen with the command line and the initrd, are edited; the edited one is what the bundle loads.",
  ),
  loader: key(
    PATH,
    'loader: linux-loader.bin',
    ['linux-loader.bin'],
    "Jailhouse's linux-loader.bin, relative to the manifest, shipped in the bundle. Without it the one that is installed on the target is used.",
  ),
  system: key(
    CONFIG,
    'system: root.cell',
    ['root.cell', 'root.jailhouse.yaml'],
    "The root cell's system config, a binary file or a description, as for `cell`: for more checks, and for `launch.sh start --enable`.",
  ),
  layout: key(
    either(LAYOUT_IDS),
    'layout: nxp10',
    ['nxp10', 'std12'],
    'The layout of the binary configs in `cell` and `system`, where their own bytes do not decide it: one of a release (std12 is that of revision 12), or of a vendor that kept the number. A description says its own.',
  ),
  board: key(
    PATH,
    'board: board.dtb',
    ['board.dtb'],
    "The board's device tree blob as the root cell's Linux has it, relative to the manifest: best a copy of /sys/firmware/fdt. Memory and devices that the root keeps are checked against it. Nothing of it is shipped.",
  ),
  root: key(
    'a map',
    'root: { iomem: iomem.txt }',
    [{ cmdline: 'mem=768M' }, { iomem: 'iomem.txt', 'kernel-config': 'root.config' }],
    "What is known of the root cell's Linux: for checks of what it keeps to itself. Nothing of it is shipped.",
  ),
  'root.cmdline': key(
    'text',
    'cmdline: mem=768M',
    ['mem=768M', 'memmap=82M$0x3a000000'],
    "The kernel command line of the root cell's Linux, as /proc/cmdline or GRUB's files spell it: its mem= and memmap= say which memory it leaves alone.",
  ),
  'root.iomem': key(
    PATH,
    'iomem: iomem.txt',
    ['iomem.txt'],
    "A copy of /proc/iomem of the root cell's Linux, relative to the manifest. It must be read as root: others see zeros.",
  ),
  'root.kernel-config': key(
    PATH,
    'kernel-config: root.config',
    ['root.config'],
    "The .config of the root cell's kernel (may be gzipped), relative to the manifest.",
  ),
  placement: key(
    either(PLACEMENTS),
    'placement: exact',
    PLACEMENTS,
    "How the images are laid out in the cell's memory. exact: from the sizes that the kernel itself states. upstream: where `jailhouse cell linux` of the cell's release puts them.",
  ),
  checks: key(
    'a map',
    'checks: { profile: strict }',
    [{ profile: 'strict' }],
    'What the kernel is checked for.',
  ),
  'checks.profile': key(
    either(PROFILES),
    'profile: strict',
    PROFILES,
    'The rules to check by. strict: everything that the Jailhouse documentation asks for. mainline: what is true for kernels since 4.16.',
  ),
  'checks.require': key(
    'a map of kconfig symbols',
    'require: { CONFIG_PREEMPT_RT: y }',
    [{ CONFIG_PREEMPT_RT: 'y' }],
    'Kconfig symbols that the kernel must have been built with, and their values.',
  ),
  'checks.require.*': key(
    'y, n, m, a whole number, or text',
    'CONFIG_PREEMPT_RT: y',
    ['y', 'n', 'm', 17, '0x1000000', 'text'],
    'y, m or n (not set), a decimal or hex number as the .config shows it, or text without its quotes.',
  ),
  'checks.rules': key(
    'the path of a file, or a list of paths',
    'rules: kernel-rules.yaml',
    ['kernel-rules.yaml', ['kernel-rules.yaml', '../team-rules.yaml']],
    "The project's own kernel rules, relative to the manifest: YAML files as `jailhouse-bundle schema rules` describes them.",
  ),
  'checks.rules.*': key(PATH, '- kernel-rules.yaml', ['kernel-rules.yaml'], 'One file with rules.'),
  'checks.waive': key(
    'a list of waivers',
    'waive: [{ rule: kernel/serio, reason: no i8042 here }]',
    [[{ rule: 'kernel/serio', reason: 'the i8042 is marked absent', until: '2027-06-30' }]],
    'Findings that are accepted, each with its reason.',
  ),
  'checks.waive.*': key(
    'a map with `rule` and `reason`',
    '{ rule: kernel/serio, reason: no i8042 here }',
    [{ rule: 'kernel/serio', reason: 'the i8042 is marked absent' }],
    'One accepted finding.',
  ),
  'checks.waive.*.rule': key(
    'the id of a rule',
    'rule: kernel/serio',
    ['kernel/serio'],
    'The id that the finding shows.',
  ),
  'checks.waive.*.reason': key(
    'text',
    'reason: why it is accepted here',
    ['the i8042 is marked absent'],
    'Why the finding is acceptable here. It is kept in the bundle.',
  ),
  'checks.waive.*.until': key(
    'a date, YYYY-MM-DD',
    'until: 2027-06-30',
    ['2027-06-30'],
    'The last day of the waiver; from the next day on the build fails. Without it the waiver has no end.',
  ),
  bundle: key('a map', 'bundle: { compress: gzip }', [{ compress: 'gzip' }], 'How the bundle is packed.'),
  'bundle.compress': key(either(TAR_PACKINGS), 'compress: none', TAR_PACKINGS, 'Compression of the tarball.'),
  'bundle.kernel': key(
    SHIPPED,
    'kernel: /boot/bzImage',
    [true, '/boot/bzImage'],
    'true: shipped. A path: the kernel is on the target already and left out; there it must be the same file as kernel.image (unpacked, if that is wrapped), which is compared by digest before loading.',
  ),
  'bundle.initrd': key(
    SHIPPED,
    'initrd: /boot/initrd.img',
    [true, '/boot/initrd.img'],
    'true: shipped. A path: the initrd is on the target already and left out; there it must be the same file as initrd (joined, if that is a list), which is compared by digest before loading.',
  ),
  'bundle.loader': key(
    SHIPPED,
    'loader: /usr/libexec/jailhouse/linux-loader.bin',
    [true, '/usr/libexec/jailhouse/linux-loader.bin'],
    'true: shipped, if loader is given. A path: the loader is on the target already; with loader it must be the same file, compared by digest, without loader it is used without a check.',
  ),
  'bundle.hooks': key(
    'a map of programs',
    'hooks: { before-start: pin-governor.sh }',
    [{ 'before-start': 'unbind-uart.sh', 'after-stop': 'bind-uart.sh' }],
    'Programs that launch.sh runs on the target, relative to the manifest: scripts that begin with `#!`, or executables. They are shipped in `hooks/`, covered by the digests, and know the cell by LAUNCH_CELL, LAUNCH_CELL_ID and LAUNCH_CELL_STATE.',
  ),
  'bundle.hooks.before-start': key(
    PATH,
    'before-start: unbind-uart.sh',
    ['unbind-uart.sh'],
    'Run before the cell is created. If it fails, the cell is not started.',
  ),
  'bundle.hooks.after-start': key(
    PATH,
    'after-start: network-up.sh',
    ['network-up.sh'],
    'Run when the cell is running. If it fails, the cell is destroyed.',
  ),
  'bundle.hooks.before-stop': key(
    PATH,
    'before-stop: network-down.sh',
    ['network-down.sh'],
    'Run before the cell is shut down. If it fails, the cell is stopped all the same.',
  ),
  'bundle.hooks.after-stop': key(
    PATH,
    'after-stop: bind-uart.sh',
    ['bind-uart.sh'],
    'Run when the cell is destroyed, by `stop` or because a start failed after `before-start`.',
  ),
  ready: key(
    'a map with `command`',
    'ready: { command: ping -c 1 -W 1 192.168.19.2 }',
    [
      { command: 'ping -c 1 -W 1 192.168.19.2' },
      { command: 'ssh -o ConnectTimeout=2 rtos true', timeout: 120, interval: 5 },
    ],
    'What counts as ready, beyond that the cell is running: launch.sh waits for it when it starts the cell, and destroys a cell that does not get ready.',
  ),
  'ready.command': key(
    'text',
    'command: ping -c 1 -W 1 192.168.19.2',
    ['ping -c 1 -W 1 192.168.19.2'],
    'A command for the shell of the target, one line: the cell is ready when it ends with exit code 0. It knows the cell as hooks do.',
  ),
  'ready.timeout': key(
    'a whole number of seconds, 1 to 3600',
    'timeout: 60',
    [60],
    'How long to wait, all tries together.',
  ),
  'ready.interval': key(
    'a whole number of seconds, 1 to 3600',
    'interval: 1',
    [1],
    'How long to wait from one try to the next.',
  ),
  restart: key(
    either(RESTARTS),
    'restart: always',
    RESTARTS,
    'always: the bundle has a second systemd unit, which watches the cell while it is started, and restarts it when it has failed or shut down: three times within ten minutes.',
  ),
  boot: key(
    'a map',
    "boot: { expect: 'login:' }",
    [{ expect: 'login:' }, { expect: ['login:', '# '], send: 'root', timeout: 120 }],
    "How the bundle is started in QEMU, by `boot`, `build --boot` and the plugin's option `boot`, and what counts as started. It changes nothing of the bundle.",
  ),
  'boot.expect': key(
    'text, or a list of texts',
    "expect: 'login:'",
    ['login:', ['login:', '# ']],
    "A regular expression of JavaScript that must match a line, or a prompt, of the guest's console; of a list, one after another.",
  ),
  'boot.expect.*': key('text', "- 'login:'", ['login:'], 'One regular expression.'),
  'boot.send': key(
    'text, or a list of texts',
    'send: root',
    ['root', ['root', 'uname -r']],
    'A line that is typed when `expect` has come; of a list, each after the `expect` of the same place.',
  ),
  'boot.send.*': key('text', '- root', ['root'], 'One line.'),
  'boot.timeout': key(
    'a number of seconds',
    'timeout: 120',
    [120],
    'The CPU time of QEMU after which the boot is given up as undecided; a third of it without output, or a sixth of it by the clock if the guest idles, ends it, too.',
  ),
} as const satisfies Record<string, KeyText>;

export type KeyPattern = keyof typeof KEYS;
