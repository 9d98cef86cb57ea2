import jailhouse from 'rollup-plugin-jailhouse';

// `payload` needs nothing; `linux` wants the guest kernel that `npm run example:linux` builds first.
const cells = process.env.CELLS ?? 'payload';

export default {
  input: { deploy: `src/${cells}.js` },
  external: /^node:/,
  output: { dir: 'dist', format: 'es', assetFileNames: '[name]-[hash][extname]' },
  plugins: [jailhouse()],
};
