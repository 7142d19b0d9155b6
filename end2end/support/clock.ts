import type { Page } from '@playwright/test';

/**
 * A clock in the test's hands. Its timers get numbers of 32 bits: WebAssembly takes no longer ones, and could stop no
 * timer by Playwright's own.
 */
export async function installClock(page: Page): Promise<void> {
  await page.clock.install();
  await page.addInitScript(() => {
    const [start, stop] = [window.setTimeout.bind(window), window.clearTimeout.bind(window)];
    const timers: number[] = [];
    const numbered = (handler: TimerHandler, wait?: number, ...rest: unknown[]): number =>
      timers.push(start(handler, wait, ...rest)) - 1;
    const clear = (number?: number): void => stop(number === undefined ? number : timers[number]);
    Object.assign(window, { setTimeout: numbered, clearTimeout: clear });
  });
}
