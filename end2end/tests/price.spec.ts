import { expect, open, test } from '../support/test';

const table = '[data-testid=markets-table]';

test('a price flashes when it moves, and not when its row does', async ({ page }) => {
  let still = false;
  await page.routeWebSocket(/\/ws\/prices/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((message) => { if (!still) socket.send(message); });
  });
  await page.addInitScript(() => {
    const flashes = { begun: 0, under_way: 0 };
    Object.assign(window, { flashes });
    const count = (event: AnimationEvent, begun: number, change: number): void => {
      if (!event.animationName.startsWith('flash-')) return;
      flashes.begun += begun;
      flashes.under_way += change;
    };
    document.addEventListener('animationstart', (event) => count(event, 1, 1));
    document.addEventListener('animationend', (event) => count(event, 0, -1));
    document.addEventListener('animationcancel', (event) => count(event, 0, -1));
  });
  const flashes = (): Promise<{ begun: number; under_way: number }> =>
    page.evaluate(() => (window as unknown as { flashes: { begun: number; under_way: number } }).flashes);
  await open(page, '/markets');
  await expect.poll(async () => (await flashes()).begun).toBeGreaterThan(50);
  still = true;
  await expect.poll(async () => (await flashes()).under_way).toBe(0);
  // Their arrows stay.
  expect(await page.locator(`${table} .price:is(.up, .down)`).count()).toBeGreaterThan(10);
  const { begun } = await flashes();

  await page.locator(`${table} th a`, { hasText: 'Name' }).click();
  await expect(page.locator(`${table} th[aria-sort]`)).toHaveText(/Name/);
  await page.locator('form[role=search] input[name=search]').fill('bitcoin');
  await expect(page.locator(`${table} tr[data-coin=ethereum]`)).toHaveCount(0);
  await page.locator('form[role=search] input[name=search]').fill('');
  await expect(page.locator(`${table} tr[data-coin=ethereum]`)).toBeVisible();
  await page.locator(`${table} tr[data-coin=ethereum] a`).first().click();
  await expect(page.locator('h1')).toContainText('Ethereum');
  await page.goBack();
  await expect(page.locator(`${table} tr[data-coin=ethereum]`)).toBeVisible();
  // An animation starts with the frame after the one that brings its element.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  expect((await flashes()).begun).toBe(begun);

  still = false;
  await expect.poll(async () => (await flashes()).begun).toBeGreaterThan(begun);
});
