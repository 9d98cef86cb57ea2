import jailhouse from 'rollup-plugin-jailhouse';

// `payload` needs nothing; for `linux` and `linux-arm64`, run `npm run example:linux` or `example:linux-arm64` first.
const cells = process.env.CELLS ?? 'payload';

export default {
  input: { deploy: `src/${cells}.js` },
  external: /^node:/,
  output: { dir: 'dist', format: 'es', assetFileNames: '[name]-[hash][extname]' },
  plugins: [jailhouse()],
};
