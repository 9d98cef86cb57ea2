type Camelcase<Name extends string> = Name extends `${infer Head}_${infer Next}${infer Rest}`
  ? `${Head}${Uppercase<Next>}${Camelcase<Rest>}`
  : Name;

/** A record of Jailhouse's or Linux's headers with its names in camelCase. */
export const camelcase = <Fields extends object>(fields: Fields) =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name.replaceAll(/_(\w)/g, (_, next: string) => next.toUpperCase()),
      value,
    ]),
  ) as { [Name in keyof Fields as Camelcase<Name & string>]: Fields[Name] };
