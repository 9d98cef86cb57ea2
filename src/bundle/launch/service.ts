import type { LaunchInput } from './types.ts';

/** Where the unit looks for bundles: `/opt/jailhouse/<name>/launch.sh`. */
const INSTALL_FOLDER = '/opt/jailhouse';

/** Seconds for everything but reading the images: LAUNCH_TIMEOUT's default and the commands themselves. */
const BASE_SECONDS = 60n;
/** Each image is read twice, for its digest and to be loaded: slow eMMC and SHA-256 in software. */
const BYTES_PER_SECOND = 5n << 20n;

/** Text for a unit file: `%` starts a specifier there. */
const escapeSpecifiers = (text: string): string => text.replaceAll('%', '%%');

function startSeconds(load: LaunchInput['load']): bigint {
  const sizes = load.map((item) => (item.kind === 'image' ? (item.size ?? 0n) : 0n));
  const bytes = sizes.reduce((sum, size) => sum + size, 0n);
  return BASE_SECONDS + (bytes + BYTES_PER_SECOND - 1n) / BYTES_PER_SECOND;
}

/** `<name>.service`: starts the cell at boot and stops it at shutdown through the bundle's launch.sh. */
export function systemdUnit({ name, cellName, system, load }: LaunchInput): string {
  const script = `${INSTALL_FOLDER}/${name}/launch.sh`;
  const enableNote =
    system === null
      ? []
      : [`# To enable Jailhouse as well, with the bundle's system config, add --enable to ExecStart.`];
  // Not last on its line: a backslash there would join the next one.
  const description = `Jailhouse cell ${escapeSpecifiers(cellName)} (bundle ${name})`;
  return [
    `# Unpack the bundle in ${INSTALL_FOLDER}, copy this file to /etc/systemd/system, then`,
    `# run systemctl enable --now ${name}.service`,
    `# For another place, change the folder in ExecStart and ExecStop.`,
    ...enableNote,
    `# TimeoutStartSec fits LAUNCH_TIMEOUT=10 and images read twice at ${BYTES_PER_SECOND / (1n << 20n)} MiB/s.`,
    '',
    '[Unit]',
    `Description=${description}`,
    'ConditionPathExists=/sys/devices/jailhouse',
    'Wants=jailhouse.service',
    'After=jailhouse.service',
    '',
    '[Service]',
    'Type=oneshot',
    'RemainAfterExit=yes',
    `ExecStart=${script} start`,
    `ExecStop=${script} stop`,
    `TimeoutStartSec=${startSeconds(load)}`,
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ].join('\n');
}
