import type { Architecture } from '../base/choices.ts';
import { printable, printableJson } from '../base/text.ts';
import { EMPTY_DRAFT, type Draft } from './draft.ts';

const TEMPLATE = `# Paths are relative to this file. Lines with a key after the # are optional: remove the # to use them.

# Files with keys that several manifests share.
#defaults: common.yaml

# The bundle's name. Without it, the cell's own name is used.
#name: linux-demo

# The bundle's version, which grows from one to the next, and the boards that it is for: launch.sh compares them.
#version: 1
#compatible: acme,rover

# The cell config: binary, or described in YAML (*.jailhouse.yaml, or in place).
cell: linux-demo.cell

kernel:
  # A bzImage (x86), Image or Image.gz (arm64), or zImage (arm).
  image: bzImage
  # The .config of that kernel; without it, the one embedded in the image is used (CONFIG_IKCONFIG).
  #config: kernel.config

# A list is joined in order and shipped as one file: [base.cpio.gz, overlay.cpio]
#initrd: rootfs.cpio.gz

# The device tree of the cell: arm and arm64 need one.
#dtb: inmate.dtb

# A text, or a list of words; a word with a blank is quoted as Linux reads it.
cmdline: console=ttyS0,115200

# Jailhouse's loader, shipped in the bundle. Without it, the one installed on the target is used.
#loader: linux-loader.bin

# The root cell's system config: for more checks, and for launch.sh start --enable.
#system: root.cell

# The layout of these binary configs, where their bytes do not decide it: a vendor's (nxp10), or a release's (std14).
#layout: std14

# What the root cell's Linux keeps, for more checks: the board's device tree (a copy of /sys/firmware/fdt), the root's
# command line, a copy of its /proc/iomem (read as root), and its kernel's .config.
#board: board.dtb
#root:
#  cmdline: mem=768M
#  iomem: iomem.txt
#  kernel-config: root.config

# exact: laid out from the sizes that the kernel states; upstream: where \`jailhouse cell linux\` puts the images.
placement: exact

#checks:
#  # strict: everything that the Jailhouse documentation asks for; mainline: what is true for kernels since 4.16.
#  profile: strict
#  # Kconfig symbols that must have these values: y, n, m, a number, or text.
#  require:
#    CONFIG_PREEMPT_RT: y
#  # Rules of the project's own, in YAML files: jailhouse-bundle schema rules.
#  rules: kernel-rules.yaml
#  # Findings that are accepted, by the id they show, each with the reason; until is the last day.
#  waive:
#    - rule: kernel/serio
#      reason: the i8042 is marked absent on this machine
#      until: 2027-06-30

bundle:
  # Or gzip.
  compress: none
  # true: shipped. Or the file's path on the target, where it is compared by digest before loading.
  kernel: true
  #initrd: /boot/rootfs.cpio.gz
  #loader: /usr/local/libexec/jailhouse/linux-loader.bin
  # Programs that launch.sh runs on the target, with the cell's name, number and state in their environment.
  #hooks:
  #  before-start: pin-governor.sh
  #  after-stop: unpin-governor.sh

# What counts as ready on the target, beyond that the cell is running: a command, and the seconds to wait for it.
#ready:
#  command: ping -c 1 -W 1 192.168.19.2
#  timeout: 60
#  interval: 1

# always: a second systemd unit restarts the cell when it has failed.
#restart: never

# What is waited for on the guest's console when the bundle is started in QEMU (jailhouse-bundle boot), instead of init.
#boot:
#  # A regular expression, or a list of them; send types a line after each.
#  expect: 'login:'
#  send: root
#  # Seconds of CPU time.
#  timeout: 60
`;

/** What is written where nothing is known. */
const USUAL: Readonly<Record<Architecture, { image: string; console: string }>> = {
  x86: { image: 'bzImage', console: 'ttyS0,115200' },
  arm64: { image: 'Image', console: 'ttyAMA0,115200' },
  arm: { image: 'zImage', console: 'ttyAMA0,115200' },
};

/** Words that YAML takes for no text, and those that another reader might. */
const NO_TEXT = /^(?:true|false|null|yes|no|on|off|y|n)$/i;
const PLAIN = /^(?:\.{0,2}\/|[A-Za-z])[\w./+@=,:-]*(?: [\w./+@=,:-]+)*$/;

/** As a value of YAML: plain where nothing in it means anything there. */
const scalar = (text: string): string =>
  PLAIN.test(text) && !NO_TEXT.test(text) && !/:(?: |$)/.test(text) && !/ -/.test(text)
    ? text
    : printableJson(JSON.stringify(text));

/** Puts a value in the place of a key's first line, be that after a `#` or not, with a comment before it. */
function put(template: string, key: string, value: string, about?: string): string {
  return template.replace(new RegExp(`^( *)#?${key}: .*$`, 'm'), (_, indent: string) =>
    [...(about === undefined ? [] : [`${indent}# ${printable(about)}`]), `${indent}${key}: ${value}`].join(
      '\n',
    ),
  );
}

const listed = (paths: readonly string[]): string =>
  paths.length === 1 ? scalar(paths[0]!) : `\n${paths.map((each) => `  - ${scalar(each)}`).join('\n')}`;

/** A commented manifest to start from: the needed keys and those that are known, each other one after a `#`. */
export function manifestTemplate(draft: Draft = EMPTY_DRAFT): string {
  const { schema, name, about, cmdline, hasConfig } = draft;
  const usual = USUAL[draft.architecture ?? 'x86'];
  let text = TEMPLATE;
  const fill = (key: string, value: string | null, line?: string): void => {
    if (value !== null) text = put(text, key, value, line);
  };
  if (name !== null)
    text = put(text, 'name', scalar(name.text)).replace(/^(?=name:)/m, name.isNeeded ? '' : '#');
  fill('cell', draft.cell && scalar(draft.cell), about.cell);
  fill('image', scalar(draft.kernel ?? usual.image), about.kernel);
  fill('config', draft.config && scalar(draft.config));
  if (draft.config === null && hasConfig !== null) {
    const where = hasConfig ? 'It has its own.' : 'It has none in it: name the one that it was built with.';
    text = text.replace(/^( *)#config: /m, `$1# ${where}\n$&`);
  }
  fill('initrd', draft.initrd.length > 0 ? listed(draft.initrd) : null, about.initrd);
  const isArm = draft.architecture === 'arm' || draft.architecture === 'arm64';
  fill('dtb', draft.dtb === null ? (isArm ? 'inmate.dtb' : null) : scalar(draft.dtb));
  if (cmdline === 'none') {
    text = text.replace(
      /^cmdline: .*$/m,
      `# The cell has no UART and no virtio console that could be named here.\n#cmdline: console=${usual.console}`,
    );
  } else fill('cmdline', scalar(cmdline?.text ?? `console=${usual.console}`));
  fill('system', draft.system && scalar(draft.system), about.system);
  fill('layout', draft.layout);
  return `${schema === null ? '' : `# yaml-language-server: $schema=${schema}\n\n`}${text.replaceAll(/ +$/gm, '')}`;
}
