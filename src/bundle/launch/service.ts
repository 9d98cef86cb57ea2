import { unitName, watchName } from '../layout.ts';
import { serviceName, targetName } from '../machine/names.ts';
import type { Hook } from '../../base/choices.ts';
import type { LaunchCell, LaunchInput, MachineLaunch } from './types.ts';
import { BYTES_PER_SECOND, readSeconds } from './words.ts';

/** Where the unit looks for bundles: `/opt/jailhouse/<name>/launch.sh`. */
const INSTALL_FOLDER = '/opt/jailhouse';

/** LAUNCH_TIMEOUT and LAUNCH_STEP_TIMEOUT, as they are if they are not set. */
const TIMEOUT = 10n;
const STEP_TIMEOUT = 60n;
/** To wait for another run's lock, for the steps from `enable` to a `cell destroy`, and until the cell runs. */
const START_SECONDS = TIMEOUT + 5n * STEP_TIMEOUT + TIMEOUT + 10n;
/** To wait for a lock, and for the two steps. */
const STOP_SECONDS = TIMEOUT + 2n * STEP_TIMEOUT + 10n;

/** Text for a unit file: `%` starts a specifier there. */
const escapeSpecifiers = (text: string): string => text.replaceAll('%', '%%');

const hookSeconds = (hooks: LaunchInput['hooks'], run: readonly Hook[]): bigint =>
  STEP_TIMEOUT * BigInt(run.filter((hook) => hooks.has(hook)).length);

type Timed = Pick<LaunchCell, 'hooks' | 'ready'> & { load: Parameters<typeof readSeconds>[0] };

/** Images are read to be verified, where there is no room for copies to be verified again, and to be loaded. */
const startSeconds = ({ load, hooks, ready }: Timed): bigint =>
  START_SECONDS +
  BigInt(ready?.timeout ?? 0) +
  3n * readSeconds(load) +
  hookSeconds(hooks, ['before-start', 'after-start', 'after-stop']);

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
  timed: Timed;
  /** Lines of a section Install. */
  wanted: readonly string[];
}

function serviceText({ name, cellName, install, canEnable, unit, words, timed, wanted }: Service): string {
  const script = `${INSTALL_FOLDER}/${name}/launch.sh`;
  return [
    ...install,
    `# For another place, change the folder in ExecStart and ExecStop.`,
    ...(canEnable
      ? [
          `# To load the driver and enable Jailhouse as well, with the bundle's system config, add --modprobe --enable`,
          '# to ExecStart. Without them, the unit fails where they were needed, and its log says why.',
        ]
      : ['# Jailhouse must be enabled before: else the unit fails, and its log says why.']),
    `# The timeouts fit LAUNCH_TIMEOUT=${TIMEOUT}, LAUNCH_STEP_TIMEOUT=${STEP_TIMEOUT}, and images that are read three`,
    `# times at ${BYTES_PER_SECOND >> 20n} MiB/s.`,
    '',
    '[Unit]',
    // Not last on its line: a backslash there would join the next one.
    `Description=Jailhouse cell ${escapeSpecifiers(cellName)} (bundle ${name})`,
    'Wants=jailhouse.service',
    'After=jailhouse.service',
    ...unit,
    '',
    '[Service]',
    'Type=oneshot',
    'RemainAfterExit=yes',
    `ExecStart=${script} start${words}`,
    `ExecStop=${script} stop${words}`,
    `TimeoutStartSec=${startSeconds(timed)}`,
    `TimeoutStopSec=${STOP_SECONDS + hookSeconds(timed.hooks, ['before-stop', 'after-stop'])}`,
    '',
    ...wanted,
  ].join('\n');
}

const AT_BOOT = ['[Install]', 'WantedBy=multi-user.target', ''];

/** `<name>.service`: starts the cell at boot and stops it at shutdown through the bundle's launch.sh. */
export const systemdUnit = ({ name, cellName, system, load, hooks, ready }: LaunchInput): string =>
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
    timed: { load, hooks, ready },
    wanted: AT_BOOT,
  });

/** The unit that restarts a cell, for as long as the other unit has it started. */
function watchText(name: string, cellName: string, unit: string, words: string): string {
  return [
    `# Copy this file next to ${unit}, then run systemctl enable --now ${watchName(unit.replace(/\.service$/, ''))}`,
    '',
    '[Unit]',
    `Description=Restarts of Jailhouse cell ${escapeSpecifiers(cellName)} (bundle ${name})`,
    `BindsTo=${unit}`,
    `After=${unit}`,
    '',
    '[Service]',
    `ExecStart=${INSTALL_FOLDER}/${name}/launch.sh watch${words}`,
    '# It is ended by SIGTERM.',
    'SuccessExitStatus=143',
    `TimeoutStopSec=${STOP_SECONDS}`,
    '',
    '[Install]',
    `WantedBy=${unit}`,
    '',
  ].join('\n');
}

/** `<name>-watch.service` */
export const watchUnit = ({ name, cellName }: LaunchInput): string =>
  watchText(name, cellName, unitName(name), '');

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
  const texts = cells.map(({ name: cell, cellName, load, hooks, ready }, index) =>
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
      timed: { load, hooks, ready },
      wanted: [],
    }),
  );
  return new Map([
    [target, targetText],
    ...services.map((service, index) => [service, texts[index]!] as const),
    ...cells.flatMap(({ name: cell, cellName, restart }) =>
      restart === 'never'
        ? []
        : [
            [
              watchName(`${name}-${cell}`),
              watchText(name, cellName, serviceName(name, cell), ` ${cell}`),
            ] as const,
          ],
    ),
  ]);
}
