import type { Page, WebSocket } from '@playwright/test';
import { installClock } from '../support/clock';
import { Cable } from '../support/proxy';
import { expect, open, test } from '../support/test';

/** What Chromium itself writes when a connection is refused or cut. */
const refused = /WebSocket connection to .* failed|Failed to load resource: net::ERR_/;
const status = '[data-testid=price-status]';
const FIVE_MINUTES = 300_000;

/** Every price socket the page opens from now on. */
function sockets(page: Page): WebSocket[] {
  const opened: WebSocket[] = [];
  page.on('websocket', (socket) => { if (socket.url().includes('/ws/')) opened.push(socket); });
  return opened;
}

/** Makes the page believe that its tab was hidden or is seen again. */
async function hide(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}

/**
 * Opens a page and waits until its socket delivers: before that the page shows the state it came with. A page asks for
 * a sign of life when it becomes visible; the second message may be the answer.
 */
async function openConnected(page: Page, path: string): Promise<void> {
  const opened = page.waitForEvent('websocket');
  await open(page, path);
  const socket = await opened;
  for (let message = 0; message < 2; message += 1) await socket.waitForEvent('framereceived');
  await expectLive(page);
}

async function expectLive(page: Page): Promise<void> {
  // The desk of these tests runs on the simulation.
  await expect(page.locator(status).first()).toHaveAttribute('data-state', 'simulated');
}

test('it pings every 30 seconds and is answered', async ({ page }) => {
  await installClock(page);
  const said: string[] = [];
  const heard: string[] = [];
  page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => said.push(payload.toString()));
    socket.on('framereceived', ({ payload }) => heard.push(payload.toString()));
  });
  await openConnected(page, '/markets');
  const before = said.length;
  await page.clock.runFor(31_000);
  await expect.poll(() => said.slice(before)).toEqual(['{"type":"ping"}']);
  await expect.poll(() => heard.filter((text) => text.includes('"pong"')).length).toBe(said.length);
});

test('back online it reconnects at once, whatever it was waiting for', async ({ page, desk, expectConsole }) => {
  expectConsole(refused);
  const opened = sockets(page);
  const cable = await Cable.to(desk.port);
  try {
    await installClock(page);
    await openConnected(page, `${cable.url}/markets`);
    await cable.pull();
    // By the fifth attempt it waits more than nine seconds.
    await expect(async () => {
      await page.clock.runFor(1_000);
      await expect(page.locator(status).first()).toContainText(/[5-9] of 10/, { timeout: 100 });
    }).toPass({ timeout: 60_000 });
    await cable.plug();
    const before = opened.length;
    await page.evaluate(() => window.dispatchEvent(new Event('online')));
    await expect.poll(() => opened.length, { timeout: 2_000 }).toBe(before + 1);
    await expectLive(page);
  } finally {
    await cable.pull();
  }
});

test('a tab hidden for five minutes lets go, and takes hold again when it is seen', async ({ page }) => {
  const opened = sockets(page);
  await installClock(page);
  await openConnected(page, '/coins/bitcoin');
  await hide(page, true);
  await page.clock.fastForward(FIVE_MINUTES - 5_000);
  await expectLive(page);
  expect(opened.map((socket) => socket.isClosed())).toEqual([false]);
  await page.clock.fastForward(6_000);
  await expect.poll(() => opened.map((socket) => socket.isClosed())).toEqual([true]);
  await expect(page.locator(status).first()).toHaveAttribute('data-state', 'stale');
  await page.clock.fastForward(3_600_000);
  await expect(page.locator('[data-testid=price-age]')).toHaveText(/1 h ago/);
  expect(opened).toHaveLength(1);
  await hide(page, false);
  await expectLive(page);
  await expect(page.locator('[data-testid=price-age]')).toHaveText(/now|[2-5] s ago/);
  expect(opened.map((socket) => socket.isClosed())).toEqual([true, false]);
});

test('a tab opened in the background lets go as well', async ({ page }) => {
  const opened = sockets(page);
  await page.addInitScript(() => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });
  });
  await installClock(page);
  await openConnected(page, '/markets');
  await page.clock.fastForward(FIVE_MINUTES + 1_000);
  await expect.poll(() => opened.map((socket) => socket.isClosed())).toEqual([true]);
  await hide(page, false);
  await expect.poll(() => opened.map((socket) => socket.isClosed())).toEqual([true, false]);
  await expectLive(page);
});

test('after a pause old prices are not called current before the server speaks', async ({ page }) => {
  let [silent, heard] = [false, 0];
  await page.routeWebSocket(/\/ws\/prices/, (socket) => {
    if (silent) return;
    socket.connectToServer().onMessage((message) => {
      heard += 1;
      socket.send(message);
    });
  });
  await installClock(page);
  await open(page, '/coins/bitcoin');
  await expectLive(page);
  // The page says as much before the connection is there.
  await expect.poll(() => heard).toBeGreaterThan(1);
  await hide(page, true);
  await page.clock.fastForward(FIVE_MINUTES + 1_000);
  await expect(page.locator(status).first()).toHaveAttribute('data-state', 'stale');
  silent = true;
  // Every state it goes through from now on.
  await page.evaluate((selector) => {
    const badge = document.querySelector<HTMLElement>(selector);
    const states: (string | undefined)[] = [];
    Object.assign(window, { states });
    if (badge) new MutationObserver(() => states.push(badge.dataset.state)).observe(badge, { attributes: true });
  }, status);
  await hide(page, false);
  // It opens and says nothing: after ten seconds that is a failure.
  const states = (): Promise<string[]> => page.evaluate(() => (window as unknown as { states: string[] }).states);
  await expect(async () => {
    await page.clock.runFor(11_000);
    expect(await states()).toContain('reconnecting');
  }).toPass();
  expect(await states()).not.toContain('simulated');
  await expect(page.locator('.coin-price')).toHaveClass(/stale/);
});

test('connections that are cut after their first message are given up like any other', async ({ page }) => {
  test.setTimeout(120_000);
  let [opened, cut] = [0, false];
  await page.routeWebSocket(/\/ws\/prices/, (socket) => {
    opened += 1;
    const server = socket.connectToServer();
    server.onMessage((message) => {
      socket.send(message);
      if (cut) void socket.close();
    });
  });
  await installClock(page);
  await open(page, '/markets');
  await expect(page.locator(status).first()).toHaveAttribute('data-state', 'simulated');
  cut = true;
  await expect(async () => {
    await page.clock.runFor(1_000);
    await expect(page.locator(status).first()).toHaveAttribute('data-state', 'disconnected', { timeout: 50 });
  }).toPass({ timeout: 90_000, intervals: [20] });
  expect(opened, 'the connection that was lost, and ten attempts').toBe(11);
});
