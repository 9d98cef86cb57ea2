import jailhouse from 'rollup-plugin-jailhouse';

// `payload` needs nothing; `linux` and `linux-arm64` want what `npm run example:linux` or `example:linux-arm64` builds first.
const cells = process.env.CELLS ?? 'payload';

export default {
  input: { deploy: `src/${cells}.js` },
  external: /^node:/,
  output: { dir: 'dist', format: 'es', assetFileNames: '[name]-[hash][extname]' },
  plugins: [jailhouse()],
};
