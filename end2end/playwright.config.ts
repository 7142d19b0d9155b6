import { defineConfig } from '@playwright/test';

/** Debian's Chromium: nothing is downloaded. */
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

export default defineConfig({
  // `cargo xtask bench` has what it measures in a browser in a folder of its own.
  testDir: process.env.E2E_FOLDER ?? 'tests',
  outputDir: 'test-results',
  timeout: 60_000,
  expect: { timeout: 10_000 },
  fullyParallel: true,
  workers: 2,
  // A shared machine may stall for seconds; what passes only the second time is listed as flaky.
  retries: process.env.CI ? 1 : 0,
  forbidOnly: true,
  reporter: [['list'], ['./support/summary.ts']],
  use: {
    browserName: 'chromium',
    viewport: { width: 1280, height: 800 },
    locale: 'en-US',
    screenshot: 'only-on-failure',
    // Frames for a trace cost as much as all the rest.
    trace: { mode: 'on-first-retry', screenshots: false },
    launchOptions: {
      executablePath,
      args: [
        '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
        '--disable-background-networking', '--disable-component-update', '--disable-sync',
        // Debian's wrapper asks for a graphics processor, which without one is played by this machine's own.
        '--disable-gpu-compositing', '--disable-gpu-rasterization', '--disable-software-rasterizer',
      ],
      ignoreDefaultArgs: ['--enable-unsafe-swiftshader'],
    },
  },
});
