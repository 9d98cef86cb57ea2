/** What a depfile says each bundle is made from; of names without spaces. */
export const depfileRules = (text: string): Record<string, string[]> =>
  Object.fromEntries(
    text
      .replaceAll('\\\n', '')
      .split('\n\n')
      .map((rule) => rule.trim().split(/:(?: |$)/))
      .map(([target, inputs]) => [target!, inputs!.split(' ').filter((each) => each !== '')] as const)
      .filter(([, inputs]) => inputs.length > 0),
  );
