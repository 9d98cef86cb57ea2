/** The architectures Jailhouse runs on, by its own names. */
export const ARCHITECTURES = ['x86', 'arm64', 'arm'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** `exact` plans from the kernel's own sizes; `upstream` gives what `jailhouse cell linux` of the release gives. */
export const PLACEMENTS = ['exact', 'upstream'] as const;
export type Placement = (typeof PLACEMENTS)[number];

/** `strict` is Jailhouse's own document; `mainline` is what holds for Linux since 4.16. */
export const PROFILES = ['strict', 'mainline'] as const;
export type Profile = (typeof PROFILES)[number];

/** How a bundle's tarball is packed. */
export const TAR_PACKINGS = ['none', 'gzip'] as const;
export type TarPacking = (typeof TAR_PACKINGS)[number];

/** What is done with a cell that has failed. */
export const RESTARTS = ['never', 'always'] as const;
export type Restart = (typeof RESTARTS)[number];

/** Programs of the user that launch.sh runs, by when it does. */
export const HOOKS = ['before-start', 'after-start', 'before-stop', 'after-stop'] as const;
export type Hook = (typeof HOOKS)[number];

/** How bad a finding is, the worst first: an `error` fails a build or a check, the others do not. */
export const SEVERITIES = ['error', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const isOneOf = <Choice extends string>(choices: readonly Choice[], text: string): text is Choice =>
  (choices as readonly string[]).includes(text);
