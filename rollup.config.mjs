// dist/esm comes from tsc. Rollup adds what the Capacitor plugin layout asks for beside it: one CommonJS file
// and one file for a plain <script> tag.
const shared = {
  name: 'capacitorAirlock',
  globals: { '@capacitor/core': 'capacitorExports' },
  sourcemap: true,
  inlineDynamicImports: true,
};

/** The package's default is CommonJS (dist/plugin.cjs.js), so the folder of ES modules has to say what it is. */
const markEsmFolder = {
  name: 'mark-esm-folder',
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: 'esm/package.json', source: '{ "type": "module" }\n' });
  },
};

export default {
  input: 'dist/esm/index.js',
  external: ['@capacitor/core'],
  output: [
    { ...shared, format: 'iife', dir: 'dist', entryFileNames: 'plugin.js', plugins: [markEsmFolder] },
    { ...shared, format: 'cjs', dir: 'dist', entryFileNames: 'plugin.cjs.js' },
  ],
};
