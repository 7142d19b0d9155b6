import { Cable } from '../support/proxy';
import { Desk } from '../support/server';
import { expect, keep, open, test } from '../support/test';

/** What Chromium itself writes when a connection is refused or cut. */
const refused = /WebSocket connection to .* failed|Failed to load resource: net::ERR_/;
const status = '[data-testid=price-status]';

test('a pulled cable shows as reconnecting, a plugged one as live again', async ({ page, desk, expectConsole }) => {
  expectConsole(refused);
  const cable = await Cable.to(desk.port);
  try {
    await open(page, `${cable.url}/markets`);
    await expect(page.locator(status).first()).toHaveAttribute('data-state', 'simulated');
    await cable.pull();
    await expect(page.locator(status).first()).toHaveAttribute('data-state', 'reconnecting');
    await expect(page.locator(status).first()).toContainText(/of 10/);
    // What was there stays readable meanwhile.
    await expect(page.locator('tr[data-coin=bitcoin] [data-field=price]')).toHaveText(/\$[\d,.]+/);
    await cable.plug();
    await expect(page.locator(status).first()).toHaveAttribute('data-state', 'simulated', { timeout: 30_000 });
    const cells = page.locator('[data-testid=markets-table] [data-field=price]');
    const before = await cells.allTextContents();
    await expect.poll(async () => (await cells.allTextContents()).join() !== before.join()).toBe(true);
  } finally {
    await cable.pull();
  }
});

test('after ten attempts it stops, says so, and tries again when asked', async ({ page, desk, expectConsole }) => {
  expectConsole(refused);
  test.setTimeout(120_000);
  const cable = await Cable.to(desk.port);
  let opened = 0;
  page.on('websocket', (socket) => { if (socket.url().includes('/ws/')) opened += 1; });
  try {
    await page.clock.install();
    await open(page, `${cable.url}/markets`);
    await expect(page.locator(status).first()).toHaveAttribute('data-state', 'simulated');
    await cable.pull();
    await expect(async () => {
      await page.clock.runFor(20_000);
      await expect(page.locator(status).first()).toHaveAttribute('data-state', 'disconnected', { timeout: 200 });
    }).toPass({ timeout: 60_000 });
    await keep(page, 'stream-disconnected');
    expect(opened, 'the connection that was lost, and ten attempts').toBe(11);
    await cable.plug();
    await page.clock.runFor(120_000);
    expect(opened, 'no attempt after the tenth').toBe(11);
    await page.locator('[data-testid=retry]').first().click();
    await expect(page.locator(status).first()).toHaveAttribute('data-state', 'simulated');
    expect(opened).toBe(12);
  } finally {
    await cable.pull();
  }
});

test('a server that shuts down and comes back is found again', async ({ page, expectConsole }) => {
  expectConsole(refused);
  const first = await Desk.start();
  const cable = await Cable.to(first.port);
  try {
    await open(page, `${cable.url}/markets`);
    await expect(page.locator(status).first()).toHaveAttribute('data-state', 'simulated');
    await first.stop();
    await expect(page.locator(status).first()).toHaveAttribute('data-state', 'reconnecting');
    const second = await Desk.start({ PORT: String(first.port) });
    await expect(page.locator(status).first()).toHaveAttribute('data-state', 'simulated', { timeout: 30_000 });
    await second.stop();
  } finally {
    await cable.pull();
  }
});
