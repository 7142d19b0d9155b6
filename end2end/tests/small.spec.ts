import { expect, open, test } from '../support/test';

/*
 * What goes wrong where there is little room or another way in than a mouse.
 */

test('on a phone the details of the price status open inside the screen', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await open(page, '/');
  await page.locator('[data-testid=price-status] summary').click();
  const box = await page.locator('.price-status-details').boundingBox();
  expect(box?.x).toBeGreaterThanOrEqual(0);
  expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(360);
});

test('a long word that nobody finds does not widen the page', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await open(page, `/markets?search=${'w'.repeat(60)}`);
  await expect(page.locator('[data-testid=empty] h2')).toContainText('wwww');
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(sideways, 'horizontal scrolling').toBeLessThanOrEqual(0);
});

test('a search in a list of favourites leads to the search in all coins', async ({ page }) => {
  await open(page, '/markets?filter=favourites&search=bitcoin');
  const empty = page.locator('[data-testid=empty]');
  await expect(empty.locator('h2')).toHaveText('No coin in this list matches “bitcoin”');
  await empty.getByRole('link', { name: 'Search all coins' }).click();
  await expect(page).toHaveURL(/search=bitcoin/);
  await expect(page.locator('tr[data-coin=bitcoin]')).toBeVisible();
});

test('who switches the theme by keyboard can switch it back', async ({ page }) => {
  await open(page, '/markets');
  const html = page.locator('html');
  const before = await html.getAttribute('data-theme');
  await page.locator('[data-testid=theme-switch] button:visible').focus();
  await page.keyboard.press('Enter');
  await expect(html).not.toHaveAttribute('data-theme', before ?? '');
  const after = await html.getAttribute('data-theme');
  await expect(page.locator('[data-testid=theme-switch] button:focus')).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(html).not.toHaveAttribute('data-theme', after ?? '');
});

test('a chart that could not be loaded keeps its room and comes by itself when the network is back', async ({ page, context, expectConsole }) => {
  expectConsole(/ERR_INTERNET_DISCONNECTED|Failed to load resource|WebSocket/);
  await open(page, '/coins/ethereum');
  const panel = page.locator('.coin-chart');
  await expect(panel.locator('canvas').first()).toBeVisible();
  const before = (await panel.boundingBox())?.height ?? 0;
  await context.setOffline(true);
  await panel.getByRole('link', { name: '7D' }).click();
  await expect(panel.locator('[data-testid=failed]')).toBeVisible();
  const failed = (await panel.boundingBox())?.height ?? 0;
  expect(Math.abs(failed - before), `${before} before, ${failed} without a network`).toBeLessThan(before * 0.25);
  await context.setOffline(false);
  await expect(panel.locator('canvas').first()).toBeVisible();
});
