/** The date in UTC, as manifests write dates: `2027-06-30`. */
export const today = (): string => new Date().toISOString().slice(0, 10);
