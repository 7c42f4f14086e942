import { defineConfig } from 'vite';

const EDITIONS = ['v1', 'v2', 'v3'];

// One source, three editions of the app: `vite build --mode v2` builds the second into dist/v2.
export default defineConfig(({ mode }) => {
  const edition = EDITIONS.includes(mode) ? mode : 'v1';
  return {
    base: './',
    define: { __EDITION__: JSON.stringify(edition) },
    build: {
      outDir: `dist/${edition}`,
      emptyOutDir: true,
      target: 'es2022',
      modulePreload: { polyfill: false },
    },
  };
});
