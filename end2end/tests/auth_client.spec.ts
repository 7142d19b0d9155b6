import { installClock } from '../support/clock';
import { join, lose, test, tokens } from '../support/people';
import { expect } from '../support/test';

const SHEET = '**/_fn/account/sheet';

test('every call carries an id and the time it was sent', async ({ page }) => {
  await join(page, '/settings');
  await expect(page.locator('html')).toHaveAttribute('data-hydrated', 'true');
  const sent = page.waitForRequest(SHEET);
  await page.getByRole('link', { name: 'Sessions' }).click();
  const headers = await (await sent).allHeaders();
  expect(headers['x-request-id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(Math.abs(Number(headers['x-request-timestamp']) - Date.now())).toBeLessThan(60_000);
});

test('a call that is not answered within 30 seconds says so', async ({ page }) => {
  await installClock(page);
  await join(page, '/settings');
  await expect(page.locator('html')).toHaveAttribute('data-hydrated', 'true');
  let asked = false;
  await page.route(SHEET, () => { asked = true; });
  await page.getByRole('link', { name: 'Sessions' }).click();
  await expect.poll(() => asked).toBe(true);
  await page.clock.runFor(29_000);
  await expect(page.getByText('did not answer in time')).toHaveCount(0);
  await page.clock.runFor(2_000);
  await expect(page.getByText('did not answer in time')).toBeVisible();
});

test('no token is within reach of scripts', async ({ page, context }) => {
  await join(page, '/settings');
  const secrets = (await context.cookies()).filter((cookie) => cookie.name.endsWith('_token')).map((cookie) => cookie.value);
  expect(secrets).toHaveLength(2);
  const reach = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, document.documentElement.outerHTML]));
  for (const secret of secrets) expect(reach).not.toContain(secret);
});

test('when both tokens have ended in mid-session, the app says so, signs out and leads back', async ({ page, context, expectConsole }) => {
  expectConsole(/status of 401/);
  const heard: string[] = [];
  await page.exposeFunction('heard', (name: string) => { heard.push(name); });
  await page.addInitScript(() => {
    addEventListener('auth:logout', () => { (window as unknown as { heard: (name: string) => void }).heard('auth:logout'); });
  });
  await join(page, '/settings');
  await expect(page.locator('html')).toHaveAttribute('data-hydrated', 'true');
  await lose(page, 'access_token');
  await lose(page, 'refresh_token');
  await page.getByRole('link', { name: 'Sessions' }).click();
  await expect(page).toHaveURL(/\/auth\?next=\/settings/);
  await expect(page.getByTestId('user-menu')).toHaveCount(0);
  expect(heard).toEqual(['auth:logout']);
  expect(await tokens(context)).toEqual([]);
});
