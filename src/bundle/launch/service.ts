import type { LoadItem } from '../../placement/types.ts';
import { serviceName, targetName } from '../machine/names.ts';
import type { LaunchInput, LaunchItem, MachineLaunch } from './types.ts';

/** Where the unit looks for bundles: `/opt/jailhouse/<name>/launch.sh`. */
const INSTALL_FOLDER = '/opt/jailhouse';

/** Seconds for everything but reading the images: LAUNCH_TIMEOUT's default and the commands themselves. */
const BASE_SECONDS = 60n;
/** Each image is read twice, for its digest and to be loaded: slow eMMC and SHA-256 in software. */
const BYTES_PER_SECOND = 5n << 20n;

/** Text for a unit file: `%` starts a specifier there. */
const escapeSpecifiers = (text: string): string => text.replaceAll('%', '%%');

function startSeconds(load: readonly (LoadItem | LaunchItem)[]): bigint {
  const sizes = load.map((item) => (item.kind === 'image' ? (item.size ?? 0n) : 0n));
  const bytes = sizes.reduce((sum, size) => sum + size, 0n);
  return BASE_SECONDS + (bytes + BYTES_PER_SECOND - 1n) / BYTES_PER_SECOND;
}

interface Service {
  /** Of the bundle. */
  name: string;
  cellName: string;
  /** Comments: how it is installed. */
  install: readonly string[];
  canEnable: boolean;
  /** Further lines of its section Unit. */
  unit: readonly string[];
  /** Behind the verb. */
  words: string;
  seconds: bigint;
  /** Lines of a section Install. */
  wanted: readonly string[];
}

function serviceText({ name, cellName, install, canEnable, unit, words, seconds, wanted }: Service): string {
  const script = `${INSTALL_FOLDER}/${name}/launch.sh`;
  return [
    ...install,
    `# For another place, change the folder in ExecStart and ExecStop.`,
    ...(canEnable
      ? [`# To enable Jailhouse as well, with the bundle's system config, add --enable to ExecStart.`]
      : []),
    `# TimeoutStartSec fits LAUNCH_TIMEOUT=10 and images read twice at ${BYTES_PER_SECOND / (1n << 20n)} MiB/s.`,
    '',
    '[Unit]',
    // Not last on its line: a backslash there would join the next one.
    `Description=Jailhouse cell ${escapeSpecifiers(cellName)} (bundle ${name})`,
    'ConditionPathExists=/sys/devices/jailhouse',
    'Wants=jailhouse.service',
    'After=jailhouse.service',
    ...unit,
    '',
    '[Service]',
    'Type=oneshot',
    'RemainAfterExit=yes',
    `ExecStart=${script} start${words}`,
    `ExecStop=${script} stop${words}`,
    `TimeoutStartSec=${seconds}`,
    '',
    ...wanted,
  ].join('\n');
}

const AT_BOOT = ['[Install]', 'WantedBy=multi-user.target', ''];

/** `<name>.service`: starts the cell at boot and stops it at shutdown through the bundle's launch.sh. */
export const systemdUnit = ({ name, cellName, system, load }: LaunchInput): string =>
  serviceText({
    name,
    cellName,
    install: [
      `# Unpack the bundle in ${INSTALL_FOLDER}, copy this file to /etc/systemd/system, then`,
      `# run systemctl enable --now ${name}.service`,
    ],
    canEnable: system !== null,
    unit: [],
    words: '',
    seconds: startSeconds(load),
    wanted: AT_BOOT,
  });

/** A machine's units by their names: `<name>.target`, and `<name>-<cell>.service` for each cell. */
export function machineUnits({ name, cells }: MachineLaunch): Map<string, string> {
  const target = targetName(name);
  const services = cells.map((cell) => serviceName(name, cell.name));
  const targetText = [
    `# Unpack the bundle in ${INSTALL_FOLDER}, copy this file and ${name}-*.service to /etc/systemd/system, then`,
    `# run systemctl enable --now ${target}`,
    '# To start some of the cells only, remove the others below.',
    '',
    '[Unit]',
    `Description=Jailhouse cells of ${name}`,
    `Wants=${services.join(' ')}`,
    '',
    ...AT_BOOT,
  ].join('\n');
  const texts = cells.map(({ name: cell, cellName, load }, index) =>
    serviceText({
      name,
      cellName,
      install: [`# ${target} starts it, and says how all units are installed.`],
      canEnable: true,
      unit: [
        // One after another, as launch.sh does it; stopped the other way round.
        ...(index === 0 ? [] : [`After=${services.slice(0, index).join(' ')}`]),
        `PartOf=${target}`,
      ],
      words: ` ${cell}`,
      seconds: startSeconds(load),
      wanted: [],
    }),
  );
  return new Map([
    [target, targetText],
    ...services.map((service, index) => [service, texts[index]!] as const),
  ]);
}
