/// <reference types="capacitor-airlock" />
import type { CapacitorConfig } from '@capacitor/cli';

const config: CapacitorConfig = {
  appId: 'com.example.fresh',
  appName: 'Fresh',
  webDir: 'www',
  plugins: {
    Airlock: {
      updateUrl: 'https://updates.example.com/app/',
      channel: 'stable',
      publicKey: '-----BEGIN PUBLIC KEY-----\n…\n-----END PUBLIC KEY-----\n',
      autoUpdate: 'atBackground',
    },
  },
};

export default config;
