import { elsewhere, join, lose, signIn, test, tokens } from '../support/people';
import { expect, open } from '../support/test';

test('with an expired access token a page is the one of its user, and the tokens are new', async ({ page, context }) => {
  await join(page, '/markets');
  await lose(page, 'access_token');
  await page.goto('/settings/sessions');
  await expect(page).toHaveURL('/settings/sessions');
  await expect(page.getByTestId('user-menu')).toContainText('Ann Example');
  expect(await tokens(context)).toEqual(['access_token', 'refresh_token']);
});

test('five calls at once with an expired access token all succeed', async ({ page, context }) => {
  await join(page, '/settings');
  await lose(page, 'access_token');
  const statuses = await page.evaluate(async () => {
    const ask = async (): Promise<number> => {
      const body = new URLSearchParams({ address: '/settings/sessions' });
      const headers = { accept: 'application/json' };
      return (await fetch('/_fn/account/sheet', { method: 'POST', headers, body })).status;
    };
    return Promise.all(Array.from({ length: 5 }, ask));
  });
  expect(statuses).toEqual([200, 200, 200, 200, 200]);
  expect(await tokens(context)).toEqual(['access_token', 'refresh_token']);
});

test('a call that is told to sign in asks for new tokens once, and is sent again', async ({ page, expectConsole }) => {
  expectConsole(/status of 401/);
  await join(page, '/settings');
  await expect(page.locator('html')).toHaveAttribute('data-hydrated', 'true');
  let [refused, refreshed] = [0, 0];
  await page.route('**/_fn/account/sheet', async (route) => {
    refused += 1;
    if (refused > 1) return route.continue();
    const body = JSON.stringify({ code: 'unauthenticated', detail: 'Please sign in.' });
    return route.fulfill({ status: 401, contentType: 'application/json', body });
  });
  page.on('request', (request) => { if (request.url().endsWith('/api/auth/refresh')) refreshed += 1; });
  await page.getByRole('link', { name: 'Sessions' }).click();
  await expect(page.getByText('This device')).toBeVisible();
  expect([refused, refreshed]).toEqual([2, 1]);
});

test('five calls at once that are told to sign in wait for one and the same refresh', async ({ page, browser, desk, expectConsole }) => {
  // Six browsers.
  test.slow();
  expectConsole(/status of 401/);
  const email = await join(page, '/settings/sessions');
  const others = await Promise.all(Array.from({ length: 5 }, () => elsewhere(browser, desk, email, { javaScriptEnabled: false })));
  await open(page, '/settings/sessions');
  const rows = page.getByTestId('sessions').getByRole('listitem');
  await expect(rows).toHaveCount(6);
  await lose(page, 'access_token');
  const asked: string[] = [];
  page.on('request', (request) => { asked.push(new URL(request.url()).pathname); });
  // Each is told that its token is over, when all five are under way: nothing has been refreshed yet.
  let [held, release] = [0, (): void => undefined];
  const all = new Promise<void>((resume) => { release = resume; });
  await page.route('**/_fn/auth/sessions/end', async (route) => {
    held += 1;
    if (held > 5) return route.continue();
    if (held === 5) release();
    await all;
    const body = JSON.stringify({ code: 'unauthenticated', detail: 'Please sign in.' });
    return route.fulfill({ status: 401, contentType: 'application/json', body });
  });
  await rows.filter({ hasNotText: 'This device' }).locator('form').evaluateAll((forms) => {
    for (const form of forms) (form as HTMLFormElement).requestSubmit();
  });
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText('This device');
  expect(held, 'five calls, and each once more').toBe(10);
  expect(asked.filter((path) => path === '/api/auth/refresh')).toHaveLength(1);
  for (const other of others) await other.context().close();
});

test('a session that was ended elsewhere leads to the sign-in and back', async ({ page, browser, desk, expectConsole }) => {
  expectConsole(/status of 401/);
  const email = await join(page, '/settings');
  await expect(page.locator('html')).toHaveAttribute('data-hydrated', 'true');
  const elsewhere = await browser.newContext({ baseURL: desk.url });
  const other = await elsewhere.newPage();
  await open(other, '/auth?next=/settings/sessions');
  await signIn(other, email);
  const others = other.getByTestId('sessions').getByRole('listitem').filter({ hasNotText: 'This device' });
  await others.getByRole('button', { name: 'End' }).click();
  await expect(other.getByRole('status').filter({ hasText: 'signed out' })).toBeVisible();
  await elsewhere.close();
  await page.getByRole('link', { name: 'Sessions' }).click();
  await expect(page).toHaveURL(/\/auth\?next=\/settings/);
  await signIn(page, email);
  await expect(page).toHaveURL(/\/settings/);
});

test('of two tabs, one signs out and the other follows by itself', async ({ page, context, expectConsole }) => {
  expectConsole(/status of 401/);
  await join(page, '/settings');
  const other = await context.newPage();
  await open(other, '/settings');
  await other.getByTestId('user-menu').locator('summary').click();
  await other.getByRole('button', { name: 'Log out' }).click();
  await expect(other).toHaveURL('/auth');
  await expect(page).toHaveURL(/\/auth\?next=\/settings/);
  await expect(page.getByTestId('sign-in')).toBeVisible();
});
